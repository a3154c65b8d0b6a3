-- opencode, a coding agent for the terminal: ~/.local/share/opencode/opencode.db. It records neither the state nor the
-- process of a session. A session is busy while the model's last answer has no end. If opencode is killed, that answer
-- never ends, so only sessions of the last day are listed.
-- dialect: sqlite
-- system: opencode
-- versions: 1.18.34, tested with the program

-- name: stages
SELECT id AS task_id, slug AS work_item,
  CASE WHEN last IS NULL THEN 'new' WHEN last ->> '$.role' = 'user' THEN 'prompted'
    WHEN last ->> '$.time.completed' IS NULL THEN 'busy' ELSE 'idle' END AS stage,
  coalesce(last ->> '$.time.completed', last ->> '$.time.created', time_created) AS entered_at_ms, title
FROM (SELECT s.*, (SELECT iif(json_valid(data), data, NULL) FROM message WHERE session_id = s.id
    ORDER BY time_created DESC, id DESC LIMIT 1) AS last
  FROM session AS s WHERE time_archived IS NULL AND time_updated > (unixepoch() - 86400) * 1000)

-- The last step is the newest part of the answer. Reasoning counts as output; cached tokens do not count as input.
-- name: agents
SELECT s.id AS run_id, s.id AS task_id, s.agent,
  CASE WHEN json_valid(s.model) THEN s.model ->> '$.providerID' || '/' || (s.model ->> '$.id') END AS model,
  NULL AS pid, NULL AS host, m.time_created AS started_at_ms, NULL AS heartbeat_at_ms, NULL AS job_id, NULL AS log_path,
  nullif(s.cost, 0) AS cost_usd, s.tokens_input AS input_tokens, s.tokens_output + s.tokens_reasoning AS output_tokens,
  s.tokens_cache_read AS cache_read_tokens, s.tokens_cache_write AS cache_creation_tokens,
  coalesce((SELECT max(time_updated) FROM part WHERE message_id = m.id), m.time_updated) AS progress_at_ms,
  s.directory AS cwd, 'opencode' AS program, 1 AS shares_process
FROM session AS s JOIN message AS m ON m.id = (SELECT id FROM message WHERE session_id = s.id
  ORDER BY time_created DESC, id DESC LIMIT 1)
WHERE s.time_updated > (unixepoch() - 86400) * 1000
  AND CASE WHEN json_valid(m.data)
    THEN m.data ->> '$.role' = 'assistant' AND m.data ->> '$.time.completed' IS NULL END

-- name: finished_runs
SELECT id AS run_id, id AS task_id, agent,
  CASE WHEN json_valid(model) THEN model ->> '$.providerID' || '/' || (model ->> '$.id') END AS model,
  last ->> '$.time.created' AS started_at_ms, last ->> '$.time.completed' AS finished_at_ms, NULL AS exit_code,
  nullif(cost, 0) AS cost_usd, tokens_input AS input_tokens, tokens_output + tokens_reasoning AS output_tokens,
  tokens_cache_read AS cache_read_tokens, tokens_cache_write AS cache_creation_tokens
FROM (SELECT s.*, (SELECT iif(json_valid(data), data, NULL) FROM message WHERE session_id = s.id
    ORDER BY time_created DESC, id DESC LIMIT 1) AS last
  FROM session AS s WHERE time_updated > (unixepoch() - 86400) * 1000)
WHERE last ->> '$.time.completed' IS NOT NULL ORDER BY finished_at_ms DESC LIMIT 100

-- A cost of 0 means an unknown price: a subscription, or a model without a price in opencode.
-- name: cost
SELECT agent, CASE WHEN json_valid(model) THEN model ->> '$.providerID' || '/' || (model ->> '$.id') END AS model,
  count(*) AS runs, count(nullif(cost, 0)) AS priced_runs, sum(nullif(cost, 0)) AS cost_usd,
  sum(tokens_input) AS input_tokens, sum(tokens_output + tokens_reasoning) AS output_tokens,
  sum(tokens_cache_read) AS cache_read_tokens, sum(tokens_cache_write) AS cache_creation_tokens
FROM session GROUP BY 1, 2
