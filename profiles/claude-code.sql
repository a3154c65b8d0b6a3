-- Claude Code's own files. A session is listed while its process is registered. Files hold no prices.
-- dialect: files
-- system: Claude Code
-- versions: 2.1, tested with files of the documented form
-- folder: $CLAUDE_CONFIG_DIR, ~/.claude

-- table: sessions sessions/*.json
--   pid = $.pid
--   session_id = $.sessionId
--   cwd = $.cwd
--   name = $.name
--   started = $.startedAt
--   status = $.status
--   status_updated = $.statusUpdatedAt

-- The transcripts. A message is written once per part, and again by a session that continues another session.
-- table: messages projects/*/*.jsonl unique message_id index session_id
--   session_id = $.sessionId
--   message_id = $.message.id
--   model = $.message.model
--   at = $.timestamp
--   input = $.message.usage.input_tokens
--   output = $.message.usage.output_tokens
--   cache_read = $.message.usage.cache_read_input_tokens
--   cache_creation = $.message.usage.cache_creation_input_tokens

-- name: stages
SELECT session_id AS task_id, rtrim(replace(cwd, rtrim(cwd, replace(cwd, '/', '')), ''), '/') AS work_item,
  coalesce(status, 'unknown') AS stage, coalesce(status_updated, started) AS entered_at, name AS title
FROM sessions WHERE pid IS NOT NULL

-- name: agents
SELECT session_id AS run_id, session_id AS task_id, 'claude' AS agent,
  (SELECT model FROM messages AS m WHERE m.session_id = s.session_id AND model <> '<synthetic>' ORDER BY id DESC LIMIT 1) AS model,
  pid, NULL AS host, started AS started_at, NULL AS heartbeat_at,
  (SELECT path FROM messages AS m WHERE m.session_id = s.session_id ORDER BY id DESC LIMIT 1) AS log_path,
  u.input AS input_tokens, u.output AS output_tokens, u.cache_read AS cache_read_tokens, u.cache_creation AS cache_creation_tokens,
  u.last AS progress_at,
  (SELECT input + coalesce(cache_read, 0) + coalesce(cache_creation, 0) FROM messages AS m
   WHERE m.session_id = s.session_id AND input IS NOT NULL ORDER BY id DESC LIMIT 1) AS context_tokens
FROM sessions AS s LEFT JOIN (SELECT session_id, sum(input) AS input, sum(output) AS output, sum(cache_read) AS cache_read,
    sum(cache_creation) AS cache_creation, max(at) AS last
  FROM messages WHERE session_id IN (SELECT session_id FROM sessions) GROUP BY session_id) AS u USING (session_id)
WHERE pid IS NOT NULL

-- name: agent_task_stages
SELECT session_id AS task_id, coalesce(status, 'unknown') AS stage FROM sessions WHERE pid IS NOT NULL

-- A run is a session with one model.
-- name: cost
SELECT 'claude' AS agent, model, count(DISTINCT session_id) AS runs, 0 AS priced_runs, NULL AS cost_usd,
  sum(input) AS input_tokens, sum(output) AS output_tokens, sum(cache_read) AS cache_read_tokens,
  sum(cache_creation) AS cache_creation_tokens
FROM messages WHERE input IS NOT NULL GROUP BY model
