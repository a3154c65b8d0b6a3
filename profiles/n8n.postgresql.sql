-- n8n, workflow automation: its database on PostgreSQL, without a table prefix. Executions are pruned by age and number.
-- dialect: postgresql
-- system: n8n
-- versions: 2.41, tested with the tables that its own migrations make

-- The index on workflow and status finds the open executions of each workflow. If successful executions are not saved,
-- some stay `running` for ever, so an execution that never waited, and never stopped, is stale after a day.
-- name: stages
SELECT e.id::text AS task_id, w.name AS work_item, e.status AS stage,
  CASE e.status WHEN 'waiting' THEN e."stoppedAt" ELSE coalesce(e."startedAt", e."createdAt") END AS entered_at,
  w.name AS title
FROM workflow_entity AS w JOIN execution_entity AS e ON e."workflowId" = w.id
WHERE e.status IN ('new', 'running', 'waiting') AND e."deletedAt" IS NULL
  AND (e.status <> 'running' OR e."stoppedAt" IS NOT NULL
    OR coalesce(e."startedAt", e."createdAt") > now() - interval '1 day')

-- Executions that wait for a time, a webhook or a person are neither queued nor running. Soft-deleted ones do not count.
-- name: job_history
SELECT job_key,
  CASE native_status WHEN 'new' THEN 'queued' WHEN 'running' THEN 'running' WHEN 'success' THEN 'done'
    WHEN 'error' THEN 'failed' WHEN 'crashed' THEN 'failed' WHEN 'canceled' THEN 'cancelled' ELSE 'other' END AS status,
  native_status, NULL::int AS attempts, NULL::int AS max_attempts, is_open
FROM (SELECT e.id AS job_key, e.status IN ('new', 'running', 'waiting') AS is_open,
    CASE WHEN e.status = 'running' AND e."stoppedAt" IS NULL
      AND coalesce(e."startedAt", e."createdAt") <= now() - interval '1 day' THEN 'stale' ELSE e.status END AS native_status
  FROM workflow_entity AS w JOIN execution_entity AS e ON e."workflowId" = w.id WHERE e."deletedAt" IS NULL) AS executions

-- For a webhook or a person, n8n sets the end of the wait to the year 3000.
-- name: queue_ages
SELECT min(e."createdAt") FILTER (WHERE e.status = 'new') AS oldest_queued_at,
  min(e."startedAt") FILTER (WHERE e.status = 'running'
    AND (e."stoppedAt" IS NOT NULL OR e."startedAt" > now() - interval '1 day')) AS oldest_running_at,
  count(*) FILTER (WHERE e.status = 'waiting' AND e."waitTill" > now() AND e."waitTill" < '3000-01-01') AS delayed_jobs,
  min(e."waitTill") FILTER (WHERE e.status = 'waiting' AND e."waitTill" > now()
    AND e."waitTill" < '3000-01-01') AS next_available_at
FROM workflow_entity AS w JOIN execution_entity AS e ON e."workflowId" = w.id
WHERE e.status IN ('new', 'running', 'waiting') AND e."deletedAt" IS NULL

-- name: queue_running
SELECT e.id::text AS job_id, e.id::text AS task_id, w.name AS kind, e."startedAt" AS started_at,
  NULL AS attempts, NULL AS max_attempts
FROM workflow_entity AS w JOIN execution_entity AS e ON e."workflowId" = w.id
WHERE e.status = 'running' AND e."deletedAt" IS NULL
  AND (e."stoppedAt" IS NOT NULL OR coalesce(e."startedAt", e."createdAt") > now() - interval '1 day')

-- n8n's agents run within its process. It records neither pid nor host, so a killed agent would seem to run for ever.
-- name: agents
SELECT a.id AS run_id, NULL AS task_id, t."agentName" AS agent, a.model, NULL AS pid, NULL AS host,
  a."startedAt" AS started_at, NULL AS heartbeat_at, a."updatedAt" AS progress_at
FROM agent_execution AS a LEFT JOIN agent_execution_threads AS t ON t.id = a."threadId"
WHERE a.status = 'running' AND a."startedAt" > now() - interval '1 day'

-- name: cost
SELECT t."agentName" AS agent, a.model, count(*) AS runs, count(a.cost) AS priced_runs, sum(a.cost) AS cost_usd,
  sum(a."promptTokens")::bigint AS input_tokens, sum(a."completionTokens")::bigint AS output_tokens,
  NULL AS cache_read_tokens, NULL AS cache_creation_tokens
FROM agent_execution AS a LEFT JOIN agent_execution_threads AS t ON t.id = a."threadId" GROUP BY 1, 2

-- Pruning deletes old rows, and settings may delete new ones. The sequence stays. A role without SELECT on it gets no row.
-- name: epoch
SELECT schemaname || '.' || sequencename AS name, last_value AS highest_key
FROM pg_sequences WHERE sequencename = 'execution_entity_id_seq' AND last_value IS NOT NULL
