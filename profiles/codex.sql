-- Codex CLI's rollouts: one file per thread, with the begin and end of each turn. Reads threads of the last 24 hours. No prices.
-- dialect: files
-- system: Codex CLI
-- versions: 0.171, tested with files that the program wrote
-- folder: $CODEX_HOME, ~/.codex

-- table: events sessions/*/*/*/rollout-*.jsonl index kind index event
--   kind = $.type
--   event = $.payload.type
--   written = $.timestamp
--   thread_id = $.payload.id
--   cwd = $.payload.cwd
--   model_name = $.payload.model
--   turn_window = $.payload.model_context_window
--   input = $.payload.info.total_token_usage.input_tokens
--   cached = $.payload.info.total_token_usage.cached_input_tokens
--   output = $.payload.info.total_token_usage.output_tokens
--   context = $.payload.info.last_token_usage.total_tokens

-- name: stages
WITH turns AS (SELECT path, event, written, max(line) FROM events
  WHERE event IN ('task_started', 'task_complete', 'turn_aborted') GROUP BY path)
SELECT t.thread_id AS task_id, rtrim(replace(t.cwd, rtrim(t.cwd, replace(t.cwd, '/', '')), ''), '/') AS work_item,
  iif(turns.event = 'task_started', 'busy', 'idle') AS stage, turns.written AS entered_at, NULL AS title
FROM events AS t JOIN turns USING (path)
WHERE t.kind = 'session_meta' AND t.modified_at > (unixepoch() - 86400) * 1000

-- If Codex is killed, its turn never ends. A retried request writes only token_count, which is not progress.
-- name: agents
WITH turns AS (SELECT path, event, written, turn_window, max(line) FROM events
    WHERE event IN ('task_started', 'task_complete', 'turn_aborted') GROUP BY path),
  spent AS (SELECT path, input, cached, output, context, max(line) FROM events WHERE input IS NOT NULL GROUP BY path),
  steps AS (SELECT path, max(written) AS latest FROM events WHERE kind = 'response_item' GROUP BY path),
  models AS (SELECT path, model_name, max(line) FROM events WHERE kind = 'turn_context' GROUP BY path)
SELECT t.thread_id AS run_id, t.thread_id AS task_id, 'codex' AS agent, models.model_name AS model, NULL AS pid, NULL AS host,
  turns.written AS started_at, NULL AS heartbeat_at, t.path AS log_path,
  spent.input - coalesce(spent.cached, 0) AS input_tokens, spent.output AS output_tokens, spent.cached AS cache_read_tokens,
  steps.latest AS progress_at, spent.context AS context_tokens, turns.turn_window AS context_window_tokens,
  t.path AS open_file, t.cwd AS cwd, 'codex' AS program
FROM events AS t JOIN turns USING (path) LEFT JOIN spent USING (path) LEFT JOIN steps USING (path) LEFT JOIN models USING (path)
WHERE t.kind = 'session_meta' AND turns.event = 'task_started' AND t.modified_at > (unixepoch() - 86400) * 1000

-- A run is a thread.
-- name: cost
WITH spent AS (SELECT path, input, cached, output, max(line) FROM events WHERE input IS NOT NULL GROUP BY path),
  models AS (SELECT path, model_name, max(line) FROM events WHERE kind = 'turn_context' GROUP BY path)
SELECT 'codex' AS agent, model_name AS model, count(*) AS runs, 0 AS priced_runs, NULL AS cost_usd,
  sum(input - coalesce(cached, 0)) AS input_tokens, sum(output) AS output_tokens, sum(cached) AS cache_read_tokens,
  NULL AS cache_creation_tokens
FROM models LEFT JOIN spent USING (path) GROUP BY model_name
