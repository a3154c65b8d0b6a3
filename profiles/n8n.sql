-- n8n, workflow automation: its database on SQLite, ~/.n8n/database.sqlite. Executions are pruned by age and number.
-- dialect: sqlite
-- system: n8n
-- versions: 2.41, tested with the tables that its own migrations make

-- No index has the status, but an index has executions that have not stopped: new and running ones. Executions that wait, or
-- have waited, did stop once. They are listed if they are among the newest 9,000; by default n8n keeps 10,000. If successful
-- executions are not saved, some stay `running` for ever, so an execution that never waited is stale after a day. The `+`
-- keeps SQLite from using the index on deletedAt, which matches nearly every row.
-- name: stages
SELECT CAST(e.id AS TEXT) AS task_id, w.name AS work_item, e.status AS stage,
  CAST(round(unixepoch(CASE e.status WHEN 'waiting' THEN e.stoppedAt ELSE coalesce(e.startedAt, e.createdAt) END,
    'subsec') * 1000) AS INTEGER) AS entered_at_ms, w.name AS title
FROM execution_entity AS e LEFT JOIN workflow_entity AS w ON w.id = e.workflowId
WHERE (e.stoppedAt IS NULL OR e.id > (SELECT max(id) FROM execution_entity) - 9000) AND +e.deletedAt IS NULL
  AND (e.status IN ('new', 'waiting')
    OR e.status = 'running' AND (e.startedAt > datetime('now', '-1 day') OR e.stoppedAt IS NOT NULL))

-- Executions that wait for a time, a webhook or a person are neither queued nor running. Soft-deleted ones do not count.
-- name: job_history
SELECT id AS job_key,
  CASE native_status WHEN 'new' THEN 'queued' WHEN 'running' THEN 'running' WHEN 'success' THEN 'done'
    WHEN 'error' THEN 'failed' WHEN 'crashed' THEN 'failed' WHEN 'canceled' THEN 'cancelled' ELSE 'other' END AS status,
  native_status, NULL AS attempts, NULL AS max_attempts, is_open
FROM (SELECT id, stoppedAt IS NULL OR id > (SELECT max(id) FROM execution_entity) - 9000
      AND status IN ('waiting', 'running') AS is_open,
    iif(status = 'running' AND stoppedAt IS NULL AND startedAt <= datetime('now', '-1 day'), 'stale', status) AS native_status
  FROM execution_entity WHERE +deletedAt IS NULL)

-- For a webhook or a person, n8n sets the end of the wait to the year 3000.
-- name: queue_ages
SELECT CAST(round(unixepoch(min(createdAt) FILTER (WHERE status = 'new'), 'subsec') * 1000) AS INTEGER)
    AS oldest_queued_at_ms,
  CAST(round(unixepoch(min(startedAt) FILTER (WHERE status = 'running'
    AND (startedAt > datetime('now', '-1 day') OR stoppedAt IS NOT NULL)), 'subsec') * 1000) AS INTEGER) AS oldest_running_at_ms,
  count(*) FILTER (WHERE is_delayed) AS delayed_jobs,
  CAST(round(unixepoch(min(waitTill) FILTER (WHERE is_delayed), 'subsec') * 1000) AS INTEGER) AS next_available_at_ms
FROM (SELECT *, status = 'waiting' AND waitTill > datetime('now', 'subsec') AND waitTill < '3000-01-01' AS is_delayed
  FROM execution_entity
  WHERE (stoppedAt IS NULL OR id > (SELECT max(id) FROM execution_entity) - 9000) AND +deletedAt IS NULL)

-- name: queue_running
SELECT CAST(e.id AS TEXT) AS job_id, CAST(e.id AS TEXT) AS task_id, w.name AS kind,
  CAST(round(unixepoch(e.startedAt, 'subsec') * 1000) AS INTEGER) AS started_at_ms,
  NULL AS attempts, NULL AS max_attempts
FROM execution_entity AS e LEFT JOIN workflow_entity AS w ON w.id = e.workflowId
WHERE (e.stoppedAt IS NULL OR e.id > (SELECT max(id) FROM execution_entity) - 9000) AND +e.deletedAt IS NULL
  AND e.status = 'running' AND (e.startedAt > datetime('now', '-1 day') OR e.stoppedAt IS NOT NULL)

-- n8n's agents run within its process. It records neither pid nor host, so a killed agent would seem to run for ever.
-- name: agents
SELECT a.id AS run_id, NULL AS task_id, t.agentName AS agent, a.model, NULL AS pid, NULL AS host,
  CAST(round(unixepoch(a.startedAt, 'subsec') * 1000) AS INTEGER) AS started_at_ms, NULL AS heartbeat_at_ms,
  CAST(round(unixepoch(a.updatedAt, 'subsec') * 1000) AS INTEGER) AS progress_at_ms
FROM agent_execution AS a LEFT JOIN agent_execution_threads AS t ON t.id = a.threadId
WHERE a.status = 'running' AND a.startedAt > datetime('now', '-1 day')

-- Reads the newest thousand, since no index has the time at which they stopped.
-- name: finished_runs
SELECT a.id AS run_id, NULL AS task_id, t.agentName AS agent, a.model,
  CAST(round(unixepoch(a.startedAt, 'subsec') * 1000) AS INTEGER) AS started_at_ms,
  CAST(round(unixepoch(a.stoppedAt, 'subsec') * 1000) AS INTEGER) AS finished_at_ms, NULL AS exit_code,
  a.cost AS cost_usd, a.promptTokens AS input_tokens, a.completionTokens AS output_tokens
FROM agent_execution AS a LEFT JOIN agent_execution_threads AS t ON t.id = a.threadId
WHERE a.rowid > (SELECT max(rowid) FROM agent_execution) - 1000 AND a.stoppedAt IS NOT NULL
ORDER BY a.stoppedAt DESC LIMIT 100

-- name: cost
SELECT t.agentName AS agent, a.model, count(*) AS runs, count(a.cost) AS priced_runs, sum(a.cost) AS cost_usd,
  sum(a.promptTokens) AS input_tokens, sum(a.completionTokens) AS output_tokens,
  NULL AS cache_read_tokens, NULL AS cache_creation_tokens
FROM agent_execution AS a LEFT JOIN agent_execution_threads AS t ON t.id = a.threadId GROUP BY 1, 2

-- name: epoch
SELECT name, seq AS highest_key FROM sqlite_sequence WHERE name = 'execution_entity'
