/**
 * What the databases in `fixtures/postgresql` contain according to plain SQL: the path of each figure in the
 * response, and its query. A path that ends in `[]` is a list with one row per item. A column's name may be a
 * path within the item. Times are those that the system wrote, in UTC. expected.json omits them, because the
 * dumps define them relative to the present.
 */
export const FIGURES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "n8n.postgresql": {
    "stages.counts.new":
      "SELECT count(*) FROM execution_entity WHERE status = 'new' AND \"deletedAt\" IS NULL",
    "stages.counts.running": "SELECT count(*) FROM execution_entity WHERE id IN (203, 204, 206, 211)",
    "stages.counts.waiting":
      "SELECT count(*) FROM execution_entity WHERE status = 'waiting' AND \"deletedAt\" IS NULL",
    "queue.counts.queued": "SELECT count(*) FROM execution_entity WHERE id IN (201, 202)",
    "queue.counts.running": "SELECT count(*) FROM execution_entity WHERE id IN (203, 204, 206, 211)",
    "queue.counts.stale": "SELECT count(*) FROM execution_entity WHERE id = 205",
    "queue.counts.waiting": "SELECT count(*) FROM execution_entity WHERE id BETWEEN 207 AND 210",
    "queue.counts.done":
      "SELECT count(*) FROM execution_entity WHERE status = 'success' AND \"deletedAt\" IS NULL",
    "queue.counts.failed":
      "SELECT count(*) FROM execution_entity WHERE status IN ('error', 'crashed') AND \"deletedAt\" IS NULL",
    "queue.counts.cancelled": "SELECT count(*) FROM execution_entity WHERE status = 'canceled'",
    "queue.counts.unknown": "SELECT count(*) FROM execution_entity WHERE status = 'unknown'",
    "queue.native_counts.crashed": "SELECT count(*) FROM execution_entity WHERE status = 'crashed'",
    "queue.oldest_queued_at": 'SELECT "createdAt" FROM execution_entity WHERE id = 201',
    "queue.oldest_running_at": 'SELECT "startedAt" FROM execution_entity WHERE id = 206',
    "queue.delayed_jobs": "SELECT count(*) FROM execution_entity WHERE id IN (207, 208)",
    "queue.next_available_at": 'SELECT "waitTill" FROM execution_entity WHERE id = 207',
    "queue.running.items[]": `SELECT e.id::text AS job_id, w.name AS kind, "startedAt" AS started_at
      FROM execution_entity AS e JOIN workflow_entity AS w ON w.id = "workflowId"
      WHERE e.id IN (203, 204, 206, 211) ORDER BY "startedAt" NULLS FIRST`,
    "agents.running[]": `SELECT e.id AS run_id, "agentName" AS agent, model, 'no_pid' AS presence,
      "startedAt" AS started_at, e."updatedAt" AS progress_at
      FROM agent_execution AS e JOIN agent_execution_threads AS t ON t.id = "threadId" WHERE e.id = 'e3'`,
    "cost.totals.runs": "SELECT count(*) FROM agent_execution",
    "cost.totals.priced_runs": "SELECT count(*) FROM agent_execution WHERE cost IS NOT NULL",
    "cost.totals.cost_usd": "SELECT sum(cost) FROM agent_execution",
    "cost.totals.input_tokens": 'SELECT sum("promptTokens") FROM agent_execution',
    "cost.by_agent_model[]": `SELECT "agentName" AS agent, model, count(cost) AS "usage.priced_runs",
      sum(cost) AS "usage.cost_usd", sum("completionTokens") AS "usage.output_tokens"
      FROM agent_execution, agent_execution_threads AS t WHERE t.id = "threadId" GROUP BY 1, 2 ORDER BY 4 DESC NULLS LAST`,
  },

  "laravel.postgresql": {
    "queue.counts.queued": "SELECT count(*) FROM jobs WHERE id NOT BETWEEN 6 AND 9",
    "queue.counts.running": "SELECT count(*) FROM jobs WHERE id BETWEEN 6 AND 9",
    "queue.counts.failed": "SELECT count(*) FROM failed_jobs",
    "queue.counts.done": "SELECT NULL",
    "queue.native_counts.available": "SELECT count(*) FROM jobs WHERE id IN (1, 2, 3, 4, 5, 14)",
    "queue.native_counts.delayed": "SELECT count(*) FROM jobs WHERE id IN (11, 12, 13)",
    "queue.native_counts.expired": "SELECT count(*) FROM jobs WHERE id = 10",
    "queue.oldest_queued_at": "SELECT to_timestamp(available_at) FROM jobs WHERE id = 5",
    "queue.oldest_running_at": "SELECT to_timestamp(reserved_at) FROM jobs WHERE id = 7",
    "queue.delayed_jobs": "SELECT count(*) FROM jobs WHERE id IN (11, 12, 13)",
    "queue.next_available_at": "SELECT to_timestamp(available_at) FROM jobs WHERE id = 12",
    "queue.retries.retried_jobs": "SELECT count(*) FROM jobs WHERE attempts > 1",
    "queue.retries.waiting_retry": "SELECT count(*) FROM jobs WHERE id IN (10, 12)",
    "queue.retries.exhausted_jobs": "SELECT count(*) FROM failed_jobs",
    "queue.retries.attempts_total": "SELECT NULL",
    "queue.running.items[]": `SELECT id::text AS job_id, attempts, to_timestamp(reserved_at) AS started_at,
      CASE WHEN id < 8 THEN payload::json ->> 'displayName' END AS kind,
      CASE WHEN id < 8 THEN (payload::json ->> 'maxTries')::int END AS max_attempts
      FROM jobs WHERE id BETWEEN 6 AND 9 ORDER BY reserved_at`,
  },

  "good-job": {
    "queue.counts.queued":
      "SELECT count(*) FROM good_jobs WHERE finished_at IS NULL AND (performed_at IS NULL OR locked_by_id IS NULL)",
    "queue.counts.running":
      "SELECT count(*) FROM good_jobs WHERE id::text LIKE '%30_' AND performed_at IS NOT NULL AND locked_at IS NOT NULL",
    "queue.counts.done": "SELECT count(*) FROM good_jobs WHERE finished_at IS NOT NULL AND error IS NULL",
    "queue.counts.failed": "SELECT count(*) FROM good_jobs WHERE finished_at IS NOT NULL AND error <> ''",
    "queue.native_counts.queued":
      "SELECT count(*) FROM good_jobs WHERE right(id::text, 3) IN ('308', '401', '402', '403')",
    "queue.native_counts.interrupted": "SELECT count(*) FROM good_jobs WHERE id::text LIKE '%307'",
    "queue.native_counts.retried": "SELECT count(*) FROM good_jobs WHERE id::text LIKE '%404'",
    "queue.native_counts.scheduled":
      "SELECT count(*) FROM good_jobs WHERE right(id::text, 3) IN ('405', '406')",
    "queue.native_counts.succeeded":
      "SELECT count(*) FROM good_jobs WHERE job_class = 'MailJob' AND finished_at IS NOT NULL",
    "queue.native_counts.discarded": "SELECT count(*) FROM good_jobs WHERE error_event = 5",
    "queue.oldest_queued_at":
      "SELECT performed_at AT TIME ZONE 'UTC' FROM good_jobs WHERE id::text LIKE '%307'",
    "queue.oldest_running_at":
      "SELECT performed_at AT TIME ZONE 'UTC' FROM good_jobs WHERE id::text LIKE '%301'",
    "queue.delayed_jobs": "SELECT count(*) FROM good_jobs WHERE right(id::text, 3) IN ('404', '405', '406')",
    "queue.next_available_at":
      "SELECT scheduled_at AT TIME ZONE 'UTC' FROM good_jobs WHERE id::text LIKE '%404'",
    "queue.retries.retried_jobs": "SELECT count(*) FROM good_jobs WHERE executions_count > 1",
    "queue.retries.attempts_total": "SELECT sum(executions_count) FROM good_jobs",
    "queue.retries.waiting_retry":
      "SELECT count(*) FROM good_jobs WHERE right(id::text, 3) IN ('307', '404')",
    "queue.retries.exhausted_jobs": "SELECT count(*) FROM good_jobs WHERE error_event = 5",
    "queue.running.items[]": `SELECT id::text AS job_id, job_class AS kind, executions_count AS attempts,
      performed_at AT TIME ZONE 'UTC' AS started_at
      FROM good_jobs WHERE right(id::text, 3) BETWEEN '301' AND '306' ORDER BY performed_at`,
    "agents.running[]": `SELECT job.id::text AS run_id, job.id::text AS job_id, 'running' AS job_status,
      coalesce(job_class, '') AS agent, performed_at AT TIME ZONE 'UTC' AS started_at,
      CASE WHEN right(process.id::text, 3) IN ('901', '902') THEN (state ->> 'pid')::int END AS pid,
      coalesce(state ->> 'hostname', '') AS host, process.updated_at AT TIME ZONE 'UTC' AS heartbeat_at
      FROM good_jobs AS job LEFT JOIN good_job_processes AS process ON process.id = locked_by_id
      WHERE right(job.id::text, 3) BETWEEN '301' AND '306' ORDER BY performed_at`,
    "agents.finished[]": `SELECT id::text AS run_id, job_class AS agent, performed_at AT TIME ZONE 'UTC' AS started_at,
      finished_at AT TIME ZONE 'UTC' AS finished_at
      FROM good_jobs WHERE finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT 100`,
  },

  airflow: {
    "stages.counts.running": "SELECT count(*) FROM dag_run WHERE state = 'running'",
    "stages.counts.queued": "SELECT count(*) FROM dag_run WHERE state = 'queued'",
    "stages.tasks[]": `SELECT id::text, dag_id AS work_item, run_id AS title, state AS stage,
      coalesce(start_date, queued_at)::timestamptz(3) AS stage_entered_at
      FROM dag_run WHERE id IN (23, 24, 25) ORDER BY 5`,
    "queue.counts.queued":
      "SELECT count(*) FROM task_instance WHERE right(id::text, 3) IN ('107', '108', '109', '110', '112', '113', '114')",
    "queue.counts.running": "SELECT count(*) FROM task_instance WHERE state IN ('running', 'restarting')",
    "queue.counts.done": "SELECT count(*) FROM task_instance WHERE state = 'success'",
    "queue.counts.failed": "SELECT count(*) FROM task_instance WHERE state IN ('failed', 'upstream_failed')",
    "queue.counts.cancelled": "SELECT count(*) FROM task_instance WHERE state IN ('skipped', 'removed')",
    "queue.counts.deferred": "SELECT count(*) FROM task_instance WHERE state = 'deferred'",
    "queue.counts.dreaming": "SELECT count(*) FROM task_instance WHERE state = 'dreaming'",
    "queue.native_counts.none": "SELECT count(*) FROM task_instance WHERE state IS NULL",
    "queue.oldest_queued_at":
      "SELECT scheduled_dttm::timestamptz(3) FROM task_instance WHERE id::text LIKE '%112'",
    "queue.oldest_running_at":
      "SELECT start_date::timestamptz(3) FROM task_instance WHERE id::text LIKE '%106'",
    "queue.delayed_jobs": "SELECT count(*) FROM task_instance WHERE state LIKE 'up%for%'",
    "queue.retries.retried_jobs":
      "SELECT count(*) FROM task_instance WHERE try_number > 1 AND NOT id::text LIKE '%113'",
    "queue.retries.attempts_total":
      "SELECT sum(try_number) - (SELECT count(*) FROM task_instance WHERE right(id::text, 3) IN ('112', '113', '114')) FROM task_instance",
    "queue.retries.waiting_retry":
      "SELECT count(*) FROM task_instance WHERE right(id::text, 3) IN ('108', '109', '110', '113')",
    "queue.retries.exhausted_jobs": "SELECT count(*) FROM task_instance WHERE id::text LIKE '%101'",
    "queue.gates.items[]": `SELECT pool AS scope, CASE pool WHEN 'gpu' THEN '24' WHEN 'licence' THEN '23' END AS holder_task_id,
      CASE pool WHEN 'gpu' THEN 1 ELSE 0 END AS waiting, (SELECT queued_dttm FROM task_instance AS t
        WHERE t.pool = slot_pool.pool AND state IN ('running', 'deferred'))::timestamptz(3) AS acquired_at
      FROM slot_pool WHERE pool IN ('gpu', 'idle', 'licence') ORDER BY pool`,
    "queue.running.items[]": `SELECT id::text AS job_id, CASE dag_id WHEN 'etl' THEN '23' ELSE '24' END AS task_id,
      concat(dag_id, '.', task_id) AS kind, try_number AS attempts, start_date::timestamptz(3) AS started_at,
      CASE WHEN max_tries >= 0 THEN max_tries + 1 END AS max_attempts
      FROM task_instance WHERE right(id::text, 3) IN ('106', '115', '116') ORDER BY start_date`,
    "agents.running[]": `SELECT id::text AS run_id, CASE dag_id WHEN 'etl' THEN '23' ELSE '24' END AS task_id,
      'running' AS task_stage, state AS job_status, concat(dag_id, '.', task_id) AS agent, pid, hostname AS host,
      start_date::timestamptz(3) AS started_at, last_heartbeat_at::timestamptz(3) AS heartbeat_at
      FROM task_instance WHERE right(id::text, 3) IN ('106', '115', '116') ORDER BY start_date`,
    "agents.finished[]": `SELECT t.id::text AS run_id, r.id::text AS task_id, concat(t.dag_id, '.', t.task_id) AS agent,
      t.start_date::timestamptz(3) AS started_at, t.end_date::timestamptz(3) AS finished_at
      FROM task_instance AS t JOIN dag_run AS r ON r.dag_id = t.dag_id AND r.run_id = t.run_id
      WHERE t.end_date IS NOT NULL AND last_heartbeat_at IS NOT NULL AND t.state IN ('success', 'failed')
      ORDER BY t.end_date DESC`,
  },

  dify: {
    "stages.counts.running":
      "SELECT count(*) FROM workflow_runs WHERE status = 'running' AND sequence_number <> 66",
    "stages.counts.paused": "SELECT count(*) FROM workflow_runs WHERE status = 'paused'",
    "stages.counts.scheduled": "SELECT count(*) FROM workflow_runs WHERE status = 'scheduled'",
    "queue.counts.queued": "SELECT count(*) FROM workflow_runs WHERE status = 'scheduled'",
    "queue.counts.running":
      "SELECT count(*) FROM workflow_runs WHERE status = 'running' AND sequence_number <> 66",
    "queue.counts.stale": "SELECT count(*) FROM workflow_runs WHERE sequence_number = 66",
    "queue.counts.done": "SELECT count(*) FROM workflow_runs WHERE status LIKE '%succeeded'",
    "queue.counts.failed": "SELECT count(*) FROM workflow_runs WHERE status = 'failed'",
    "queue.counts.cancelled": "SELECT count(*) FROM workflow_runs WHERE status = 'stopped'",
    "queue.counts.paused": "SELECT count(*) FROM workflow_runs WHERE status = 'paused'",
    "queue.counts.dreaming": "SELECT count(*) FROM workflow_runs WHERE status = 'dreaming'",
    "queue.oldest_queued_at":
      "SELECT created_at AT TIME ZONE 'UTC' FROM workflow_runs WHERE sequence_number = 63",
    "queue.oldest_running_at":
      "SELECT created_at AT TIME ZONE 'UTC' FROM workflow_runs WHERE sequence_number = 65",
    "queue.running.items[]": `SELECT r.id::text AS job_id, r.id::text AS task_id, name AS kind,
      r.created_at AT TIME ZONE 'UTC' AS started_at
      FROM workflow_runs AS r LEFT JOIN apps ON apps.id = app_id
      WHERE sequence_number IN (65, 67, 68, 69, 70) ORDER BY r.created_at`,
    "cost.totals.runs":
      "SELECT count(*) FROM workflow_node_executions WHERE node_type NOT IN ('start', 'iteration')",
    "cost.totals.priced_runs": `SELECT count(*) FROM workflow_node_executions WHERE node_type NOT IN ('start', 'iteration')
      AND execution_metadata LIKE '%USD%' AND execution_metadata NOT LIKE '%free%' AND execution_metadata NOT LIKE '%"0"%'`,
    // Another price, 1.5E-7, is below the precision of money.
    "cost.totals.cost_usd": "SELECT 0.00125 + 0.002 + 0.25 + 0.1",
    "cost.totals.input_tokens": "SELECT 80 + 81 + 100 + 500 + 10 + 10 + 3 + 1",
    "cost.totals.output_tokens": "SELECT 20 + 21 + 1 + 400 + 10 + 10 + 0 + 1",
    "cost.by_agent_model[]": `SELECT * FROM (VALUES ('Übersetzer', 'claude-sonnet-5', 2, 1, 0.25), ('', 'gpt-6', 1, 1, 0.1),
        ('Support triage', 'gpt-6', 3, 3, 0.00325), ('Übersetzer', NULL, 5, 0, NULL), ('Übersetzer', 'llama', 1, 0, NULL),
        ('Übersetzer', 'qwen-max', 1, 0, NULL))
      AS expected (agent, model, "usage.runs", "usage.priced_runs", "usage.cost_usd")`,
  },
};
