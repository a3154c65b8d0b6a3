-- goose, an agent for the terminal and the desktop: its sessions.db. It records what sessions cost, but no tasks, jobs or
-- processes.
-- dialect: sqlite
-- system: goose
-- versions: schema_version 15, tested with the table of its sessions as it is described, not with goose itself

-- A run is a session, its agent is the provider, and its model is the last one set. goose counts cached tokens as input
-- too; here they count once. An unknown price is NULL there, not 0.
-- name: cost
SELECT provider_name AS agent,
  CASE WHEN json_valid(model_config_json)
    THEN CAST(json_extract(model_config_json, '$.model_name') AS TEXT) END AS model,
  count(*) AS runs, count(accumulated_cost) AS priced_runs, sum(accumulated_cost) AS cost_usd,
  sum(max(0, accumulated_input_tokens - coalesce(accumulated_cache_read_tokens, 0)
    - coalesce(accumulated_cache_write_tokens, 0))) AS input_tokens,
  sum(accumulated_output_tokens) AS output_tokens,
  sum(accumulated_cache_read_tokens) AS cache_read_tokens,
  sum(accumulated_cache_write_tokens) AS cache_creation_tokens
FROM sessions GROUP BY 1, 2
