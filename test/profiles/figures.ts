/**
 * What the databases in `fixtures` contain according to plain SQL: the path of each figure in the response,
 * and its query. A path that ends in `[]` is a list with one row per item. A column's name may be a path
 * within the item.
 */
export const FIGURES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  n8n: {
    "stages.counts.new": "SELECT count(*) FROM execution_entity WHERE status = 'new'",
    "stages.counts.running":
      "SELECT count(*) FROM execution_entity WHERE status = 'running' AND startedAt > '2026-11-26' OR id = 153",
    "stages.counts.waiting": "SELECT count(*) FROM execution_entity WHERE status = 'waiting'",
    "queue.counts.queued": "SELECT count(*) FROM execution_entity WHERE status = 'new'",
    "queue.counts.running":
      "SELECT count(*) FROM execution_entity WHERE status = 'running' AND startedAt > '2026-11-26' OR id = 153",
    "queue.counts.stale":
      "SELECT count(*) FROM execution_entity WHERE status = 'running' AND startedAt < '2026-11-22' AND id <> 153",
    "queue.counts.waiting": "SELECT count(*) FROM execution_entity WHERE status = 'waiting'",
    "queue.counts.done":
      "SELECT count(*) FROM execution_entity WHERE status = 'success' AND deletedAt IS NULL",
    "queue.counts.failed": "SELECT count(*) FROM execution_entity WHERE status IN ('error', 'crashed')",
    "queue.counts.cancelled": "SELECT count(*) FROM execution_entity WHERE status = 'canceled'",
    "queue.counts.unknown": "SELECT count(*) FROM execution_entity WHERE status = 'unknown'",
    "queue.native_counts.crashed": "SELECT count(*) FROM execution_entity WHERE status = 'crashed'",
    "queue.oldest_queued_at":
      "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', min(createdAt)) FROM execution_entity WHERE status = 'new'",
    "queue.oldest_running_at":
      "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', startedAt) FROM execution_entity WHERE id = 153",
    "queue.delayed_jobs": "SELECT count(*) FROM execution_entity WHERE id IN (144, 145)",
    "queue.running.items[]": `SELECT CAST(e.id AS TEXT) AS job_id, w.name AS kind FROM execution_entity AS e
      JOIN workflow_entity AS w ON w.id = e.workflowId
      WHERE e.status = 'running' AND (e.startedAt > '2026-11-26' OR e.id = 153) ORDER BY e.startedAt, e.id`,
    "agents.running[]": `SELECT a.id AS run_id, t.agentName AS agent, a.model, 'no_pid' AS presence,
      strftime('%Y-%m-%dT%H:%M:%fZ', a.updatedAt) AS progress_at
      FROM agent_execution AS a JOIN agent_execution_threads AS t ON t.id = a.threadId WHERE a.status = 'running'`,
    "agents.finished[]": `SELECT id AS run_id, strftime('%Y-%m-%dT%H:%M:%fZ', startedAt) AS started_at,
      strftime('%Y-%m-%dT%H:%M:%fZ', stoppedAt) AS finished_at, cost AS "usage.cost_usd",
      promptTokens AS "usage.input_tokens", completionTokens AS "usage.output_tokens"
      FROM agent_execution WHERE status <> 'running' ORDER BY stoppedAt DESC`,
    "cost.totals.runs": "SELECT count(*) FROM agent_execution",
    "cost.totals.priced_runs": "SELECT count(*) FROM agent_execution WHERE cost IS NOT NULL",
    "cost.totals.cost_usd": "SELECT sum(cost) FROM agent_execution",
    "cost.totals.input_tokens": "SELECT sum(promptTokens) FROM agent_execution",
    "cost.by_agent_model[]": `SELECT agentName AS agent, model, count(cost) AS "usage.priced_runs",
      sum(cost) AS "usage.cost_usd", sum(completionTokens) AS "usage.output_tokens"
      FROM agent_execution, agent_execution_threads AS t WHERE t.id = threadId GROUP BY 1, 2 ORDER BY 4 DESC`,
  },

  laravel: {
    "queue.counts.queued": "SELECT count(*) FROM jobs WHERE id NOT IN (6, 7)",
    "queue.counts.running": "SELECT count(*) FROM jobs WHERE id IN (6, 7)",
    "queue.counts.failed": "SELECT count(*) FROM failed_jobs",
    "queue.counts.done": "SELECT NULL",
    "queue.native_counts.available": "SELECT count(*) FROM jobs WHERE id IN (1, 2, 3, 4, 5, 11)",
    "queue.native_counts.delayed": "SELECT count(*) FROM jobs WHERE id IN (9, 10)",
    "queue.native_counts.expired": "SELECT count(*) FROM jobs WHERE id = 8",
    "queue.oldest_queued_at":
      "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', min(available_at), 'unixepoch') FROM jobs WHERE id IN (1, 2, 3, 4, 5, 11)",
    "queue.delayed_jobs": "SELECT count(*) FROM jobs WHERE id IN (9, 10)",
    "queue.retries.retried_jobs": "SELECT count(*) FROM jobs WHERE attempts > 1",
    "queue.retries.waiting_retry": "SELECT count(*) FROM jobs WHERE attempts > 0 AND id NOT IN (6, 7)",
    "queue.retries.exhausted_jobs": "SELECT count(*) FROM failed_jobs",
    "queue.retries.attempts_total": "SELECT NULL",
    "queue.running.items[]": `SELECT CAST(id AS TEXT) AS job_id, json_extract(payload, '$.displayName') AS kind, attempts,
      json_extract(payload, '$.maxTries') AS max_attempts FROM jobs WHERE id IN (6, 7) ORDER BY id`,
  },

  openclaw: {
    "stages.counts.review": "SELECT count(*) FROM flow_runs WHERE status = 'running'",
    "stages.counts.approve": "SELECT count(*) FROM flow_runs WHERE status = 'waiting'",
    "queue.counts.queued": "SELECT count(*) FROM task_runs WHERE status = 'queued'",
    "queue.counts.running": "SELECT count(*) FROM task_runs WHERE status = 'running'",
    "queue.counts.done": "SELECT count(*) FROM task_runs WHERE status = 'succeeded'",
    "queue.counts.failed": "SELECT count(*) FROM task_runs WHERE status IN ('failed', 'timed_out', 'lost')",
    "queue.counts.cancelled": "SELECT count(*) FROM task_runs WHERE status = 'cancelled'",
    "queue.oldest_queued_at":
      "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', min(created_at) / 1000.0, 'unixepoch') FROM task_runs WHERE status = 'queued'",
    "queue.oldest_running_at":
      "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', min(started_at) / 1000.0, 'unixepoch') FROM task_runs WHERE status = 'running'",
    "agents.running[]": `SELECT task_id AS run_id, agent_id AS agent, execution_owner_pid AS pid,
      coalesce(execution_owner_host, '') AS host, 'running' AS job_status,
      strftime('%Y-%m-%dT%H:%M:%fZ', last_event_at / 1000.0, 'unixepoch') AS progress_at
      FROM task_runs WHERE status = 'running' ORDER BY started_at`,
    "agents.finished[]": `SELECT task_id AS run_id, strftime('%Y-%m-%dT%H:%M:%fZ', ended_at / 1000.0, 'unixepoch') AS finished_at
      FROM task_runs WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, task_id DESC`,
  },

  opencode: {
    "stages.counts.busy": "SELECT count(*) FROM session WHERE id IN ('ses_busy', 'ses_sub')",
    "stages.counts.idle": "SELECT count(*) FROM session WHERE id IN ('ses_idle', 'ses_err', 'ses_free')",
    "stages.counts.new": "SELECT count(*) FROM session WHERE id IN ('ses_empty', 'ses_torn')",
    "stages.counts.prompted": "SELECT count(*) FROM session WHERE id = 'ses_wait'",
    "agents.running[]": `SELECT id AS run_id, agent, 'anthropic/claude-sonnet-5' AS model, 'unknown' AS presence,
      cost AS "usage.cost_usd", tokens_input AS "usage.input_tokens",
      tokens_output + tokens_reasoning AS "usage.output_tokens",
      iif(id = 'ses_sub', '2026-11-26T12:06:29.241Z', '2026-11-26T12:07:09.123Z') AS progress_at
      FROM session WHERE id IN ('ses_busy', 'ses_sub') ORDER BY id`,
    "agents.finished[]": `SELECT session_id AS run_id, strftime('%Y-%m-%dT%H:%M:%fZ',
        json_extract(message.data, '$.time.completed') / 1000.0, 'unixepoch') AS finished_at,
      iif(session_id = 'ses_free', NULL, session.cost) AS "usage.cost_usd"
      FROM message JOIN session ON session.id = session_id WHERE message.id IN ('m2', 'md', 'mf') ORDER BY 2 DESC`,
    "cost.totals.runs": "SELECT count(*) FROM session",
    "cost.totals.priced_runs": "SELECT count(*) FROM session WHERE cost > 0",
    "cost.totals.cost_usd": "SELECT total(cost) FROM session",
    "cost.totals.output_tokens": "SELECT sum(tokens_output) + sum(tokens_reasoning) FROM session",
    "cost.totals.cache_creation_tokens": "SELECT sum(tokens_cache_write) FROM session",
  },

  hermes: {
    "stages.counts.active":
      "SELECT count(*) FROM sessions WHERE id IN ('20261126_110100_ab', '20261126_110300_ad')",
    "stages.counts.idle": "SELECT count(*) FROM sessions WHERE id = '20261126_110500_af'",
    "queue.counts.queued": "SELECT 0",
    "queue.counts.running": "SELECT count(*) FROM async_delegations WHERE completed_at IS NULL",
    "queue.counts.done": "SELECT count(*) FROM async_delegations WHERE state = 'completed'",
    "queue.counts.failed": "SELECT count(*) FROM async_delegations WHERE state = 'error'",
    "queue.counts.unknown": "SELECT count(*) FROM async_delegations WHERE state = 'unknown'",
    "queue.oldest_running_at": `SELECT strftime('%Y-%m-%dT%H:%M:%fZ', min(dispatched_at), 'unixepoch') FROM async_delegations
      WHERE completed_at IS NULL`,
    "agents.running[]": `SELECT delegation_id AS run_id, 'delegation' AS agent, owner_pid AS pid, '' AS host,
        state AS job_status, strftime('%Y-%m-%dT%H:%M:%fZ', dispatched_at, 'unixepoch') AS started_at
      FROM async_delegations WHERE completed_at IS NULL
      UNION ALL SELECT backend_id, 'gateway', pid, host, NULL, strftime('%Y-%m-%dT%H:%M:%fZ', started_at, 'unixepoch')
      FROM gateway_heartbeats WHERE backend_id <> 'killed' ORDER BY started_at`,
    "agents.finished[]": `SELECT delegation_id AS run_id, model, strftime('%Y-%m-%dT%H:%M:%fZ', completed_at, 'unixepoch')
      AS finished_at FROM async_delegations JOIN sessions ON id = origin_session
      WHERE completed_at IS NOT NULL ORDER BY completed_at DESC`,
    "cost.totals.runs": "SELECT count(*) FROM sessions",
    "cost.totals.priced_runs":
      "SELECT count(*) FROM sessions WHERE actual_cost_usd > 0 OR estimated_cost_usd > 0 OR cost_status = 'included'",
    "cost.totals.cost_usd": "SELECT sum(coalesce(actual_cost_usd, estimated_cost_usd)) FROM sessions",
    "cost.totals.output_tokens": "SELECT sum(output_tokens) FROM sessions",
    "cost.totals.cache_read_tokens": "SELECT sum(cache_read_tokens) FROM sessions",
  },

  "hermes-kanban": {
    "stages.counts.triage": "SELECT count(*) FROM tasks WHERE status = 'triage'",
    "stages.counts.todo": "SELECT count(*) FROM tasks WHERE status = 'todo'",
    "stages.counts.ready": "SELECT count(*) FROM tasks WHERE status = 'ready'",
    "stages.counts.running": "SELECT count(*) FROM tasks WHERE status = 'running'",
    "stages.counts.blocked": "SELECT count(*) FROM tasks WHERE status = 'blocked'",
    "stages.counts.review": "SELECT count(*) FROM tasks WHERE status = 'review'",
    "queue.counts.queued": "SELECT count(*) FROM tasks WHERE status = 'ready'",
    "queue.counts.running": "SELECT count(*) FROM task_runs WHERE ended_at IS NULL",
    "queue.counts.done": "SELECT count(*) FROM task_runs WHERE outcome = 'completed'",
    "queue.counts.failed":
      "SELECT count(*) FROM task_runs WHERE outcome IN ('crashed', 'timed_out', 'spawn_failed')",
    "queue.counts.cancelled": "SELECT count(*) FROM task_runs WHERE outcome = 'reclaimed'",
    "queue.counts.blocked": "SELECT count(*) FROM task_runs WHERE outcome = 'blocked'",
    "queue.native_counts.spawn_failed": "SELECT count(*) FROM task_runs WHERE outcome = 'spawn_failed'",
    "queue.oldest_running_at":
      "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', min(started_at), 'unixepoch') FROM task_runs WHERE ended_at IS NULL",
    "queue.breakers.items[]":
      "SELECT id AS name, 'open' AS state, consecutive_failures AS failures FROM tasks WHERE status = 'blocked' ORDER BY id",
    "agents.running[]": `SELECT CAST(r.id AS TEXT) AS run_id, r.task_id, r.profile AS agent,
      coalesce(model_override, '') AS model, r.worker_pid AS pid,
      iif(r.worker_pid = 77, 'mac.local', 'vm') AS host, t.status AS task_stage,
      strftime('%Y-%m-%dT%H:%M:%fZ', r.last_heartbeat_at, 'unixepoch') AS heartbeat_at
      FROM task_runs AS r JOIN tasks AS t ON t.id = r.task_id WHERE ended_at IS NULL ORDER BY r.id`,
    "agents.finished[]": `SELECT CAST(id AS TEXT) AS run_id, strftime('%Y-%m-%dT%H:%M:%fZ', ended_at, 'unixepoch') AS finished_at
      FROM task_runs WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, 1 DESC`,
  },
};
