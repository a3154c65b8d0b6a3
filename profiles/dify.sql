-- Dify: the database of its API, on PostgreSQL. A workflow run is both a task and a job. Times are UTC without a zone.
-- dialect: postgresql
-- system: Dify
-- versions: 1, tested with the tables as its models define them

-- A run whose worker died stays `running`. By default Dify stops runs after 20 minutes, so after a day a run is stale.
-- name: stages
SELECT run.id::text AS task_id, app.name AS work_item, run.status AS stage, run.created_at AS entered_at, NULL AS title
FROM workflow_runs AS run LEFT JOIN apps AS app ON app.id = run.app_id
WHERE run.status IN ('paused', 'scheduled') OR run.status = 'running' AND run.created_at > now() - interval '1 day'

-- Keys are UUIDs, so the whole history is read each time. A paused run waits for a person.
-- name: queue_counts
SELECT CASE WHEN is_stale THEN 'other' WHEN status = 'scheduled' THEN 'queued' WHEN status = 'running' THEN 'running'
    WHEN status IN ('succeeded', 'partial-succeeded') THEN 'done' WHEN status = 'failed' THEN 'failed'
    WHEN status = 'stopped' THEN 'cancelled' ELSE 'other' END AS status,
  CASE WHEN is_stale THEN 'stale' ELSE status END AS native_status, jobs
FROM (SELECT status, status = 'running' AND created_at <= now() - interval '1 day' AS is_stale, count(*) AS jobs
  FROM workflow_runs GROUP BY 1, 2) AS run

-- name: queue_ages
SELECT min(created_at) FILTER (WHERE status = 'scheduled') AS oldest_queued_at,
  min(created_at) FILTER (WHERE status = 'running') AS oldest_running_at,
  NULL AS delayed_jobs, NULL AS next_available_at
FROM workflow_runs WHERE status = 'scheduled' OR status = 'running' AND created_at > now() - interval '1 day'

-- name: queue_running
SELECT run.id::text AS job_id, run.id::text AS task_id, app.name AS kind, run.created_at AS started_at, NULL AS attempts,
  NULL AS max_attempts
FROM workflow_runs AS run LEFT JOIN apps AS app ON app.id = run.app_id
WHERE run.status = 'running' AND run.created_at > now() - interval '1 day'

-- Counts each model call of a workflow, but not apps without workflows, such as plain chats. Prices in other currencies are
-- ignored, and so is 0, which Dify writes if no price is set. The JSON column is text that may be empty or invalid, so it is
-- searched, not parsed. Patterns are slow, so each sees only a few characters. unnest() hides the origin of the model from
-- PostgreSQL, which would otherwise sort the calls to group them. Above half a million calls this may exceed the time limit.
-- name: cost
SELECT app.name AS agent, call.model, count(*) AS runs, count(price) AS priced_runs, sum(price) AS cost_usd,
  sum(input)::bigint AS input_tokens, sum(output)::bigint AS output_tokens,
  NULL AS cache_read_tokens, NULL AS cache_creation_tokens
FROM (SELECT app_id, nullif(split_part(split_part(process_data, '"model_name":', 2), '"', 2), '') AS name,
    substring(left(split_part(process_data, '"prompt_tokens":', 2), 16) FROM '^ ?([0-9]+)')::bigint AS input,
    substring(left(split_part(process_data, '"completion_tokens":', 2), 16) FROM '^ ?([0-9]+)')::bigint AS output,
    CASE split_part(split_part(execution_metadata, '"currency":', 2), '"', 2) WHEN 'USD'
      THEN nullif(substring(left(split_part(execution_metadata, '"total_price":', 2), 24)
        FROM '^ ?"?([0-9]+(?:\.[0-9]+)?(?:[eE]-?[0-9]{1,2})?)')::float8, 0) END AS price
  FROM workflow_node_executions WHERE node_type IN ('llm', 'question-classifier', 'parameter-extractor')) AS node
  CROSS JOIN LATERAL unnest(ARRAY[name]) AS call (model)
  LEFT JOIN apps AS app ON app.id = node.app_id
GROUP BY app.name, call.model
