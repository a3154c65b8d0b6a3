-- plainjob, a job queue on SQLite for Node and Bun. Finished rows stay until its maintenance removes them.
-- dialect: sqlite
-- system: plainjob
-- versions: 0.0.14, tested with the library itself
-- unreported-statuses: cancelled

-- It records neither attempts nor start times.
-- name: jobs
SELECT id AS job_key,
  CASE status WHEN 0 THEN 'queued' WHEN 1 THEN 'running' WHEN 2 THEN 'done' WHEN 3 THEN 'failed' ELSE 'other' END
    AS status,
  CASE status WHEN 0 THEN 'pending' WHEN 1 THEN 'processing' WHEN 2 THEN 'done' WHEN 3 THEN 'failed' ELSE 'unknown' END
    AS native_status,
  type AS kind, next_run_at AS available_at, created_at, status IN (0, 1) AS is_open
FROM plainjob_jobs

-- Maintenance deletes old rows; the sequence stays.
-- name: epoch
SELECT name, seq AS highest_key FROM sqlite_sequence WHERE name = 'plainjob_jobs'
