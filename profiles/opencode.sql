-- opencode, a coding agent for the terminal: ~/.local/share/opencode/opencode.db. A session has neither a state nor a
-- process: it is busy while the last answer of its model has no end. Of an opencode that was killed, it never has one,
-- so that only sessions of the last day are listed.
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

-- The last step is that of the answer's parts. Reasoning counts as output; what a cache gave or took is not in the input.
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

-- A cost of 0 is no price: a subscription, or a model that opencode has no price of.
-- name: cost
SELECT agent, CASE WHEN json_valid(model) THEN model ->> '$.providerID' || '/' || (model ->> '$.id') END AS model,
  count(*) AS runs, count(nullif(cost, 0)) AS priced_runs, sum(nullif(cost, 0)) AS cost_usd,
  sum(tokens_input) AS input_tokens, sum(tokens_output + tokens_reasoning) AS output_tokens,
  sum(tokens_cache_read) AS cache_read_tokens, sum(tokens_cache_write) AS cache_creation_tokens
FROM session GROUP BY 1, 2
