/**
 * Tables of schedulers, CI servers and agent runners, with the tables around them: columns by name and type,
 * taken from their documentation. None of these systems has a profile.
 */
export interface Schema {
  readonly name: string;
  /** The tables that contain its jobs or runs. */
  readonly right: readonly string[];
  /** One line per table: its name, and its columns. */
  readonly tables: string;
}

export const SCHEMAS: readonly Schema[] = [
  {
    name: "gitea",
    right: ["action_run_job", "action_task", "action_run"],
    tables: `
      action_run: id integer PRIMARY KEY, title text, repo_id integer, owner_id integer, workflow_id text, "index"
        integer, trigger_user_id integer, ref text, commit_sha text, event text, status integer, version integer,
        started integer, stopped integer, created integer, updated integer
      action_run_job: id integer PRIMARY KEY, run_id integer, repo_id integer, owner_id integer, name text, attempt
        integer, workflow_payload blob, job_id text, needs text, task_id integer, status integer, started integer,
        stopped integer, created integer, updated integer
      action_task: id integer PRIMARY KEY, job_id integer, attempt integer, runner_id integer, status integer,
        started integer, stopped integer, repo_id integer, token_hash text, log_filename text, log_in_storage bool,
        log_length integer, log_expired bool, created integer, updated integer
      action_runner: id integer PRIMARY KEY, uuid text, name text, version text, owner_id integer, last_online
        integer, last_active integer, token_hash text, created integer, updated integer, deleted integer
      action_schedule: id integer PRIMARY KEY, title text, specs text, repo_id integer, workflow_id text, created
        integer
      commit_status: id integer PRIMARY KEY, repo_id integer, state text, sha text, target_url text, context text,
        created_unix integer
      issue: id integer PRIMARY KEY, name text, is_closed bool, deadline_unix integer, created_unix integer,
        updated_unix integer, closed_unix integer
      notification: id integer PRIMARY KEY, user_id integer, status integer, source integer, created_unix integer
      repository: id integer PRIMARY KEY, name text, status integer, num_stars integer, created_unix integer
      task: id integer PRIMARY KEY, doer_id integer, owner_id integer, repo_id integer, type integer, status
        integer, start_time integer, end_time integer, payload_content text, message text, created integer`,
  },
  {
    name: "woodpecker",
    right: ["pipelines", "workflows", "steps"],
    tables: `
      pipelines: id integer PRIMARY KEY, repo_id integer, number integer, author text, parent integer, event text,
        status text, error text, created integer, updated integer, started integer, finished integer, "commit" text,
        branch text
      steps: id integer PRIMARY KEY, uuid text, pipeline_id integer, pid integer, ppid integer, name text, state
        text, error text, exit_code integer, started integer, finished integer, type text
      workflows: id integer PRIMARY KEY, pipeline_id integer, pid integer, name text, state text, error text,
        started integer, finished integer, agent_id integer, platform text
      tasks: id text PRIMARY KEY, pid integer, name text, data blob, labels text, dependencies text, run_on text,
        dep_status text, agent_id integer, pipeline_id integer
      agents: id integer PRIMARY KEY, name text, platform text, backend text, capacity integer, last_contact
        integer, last_work integer
      crons: id integer PRIMARY KEY, name text, next_exec integer, schedule text, created integer
      log_entries: id integer PRIMARY KEY, step_id integer, time integer, line integer, data blob
      repos: id integer PRIMARY KEY, name text, active bool`,
  },
  {
    name: "spring-batch",
    right: ["BATCH_JOB_EXECUTION"],
    tables: `
      BATCH_JOB_INSTANCE: JOB_INSTANCE_ID bigint PRIMARY KEY, VERSION bigint, JOB_NAME varchar(100), JOB_KEY
        varchar(32)
      BATCH_JOB_EXECUTION: JOB_EXECUTION_ID bigint PRIMARY KEY, VERSION bigint, JOB_INSTANCE_ID bigint, CREATE_TIME
        timestamp, START_TIME timestamp, END_TIME timestamp, STATUS varchar(10), EXIT_CODE varchar(2500), EXIT_MESSAGE
        varchar(2500), LAST_UPDATED timestamp
      BATCH_JOB_EXECUTION_PARAMS: JOB_EXECUTION_ID bigint, PARAMETER_NAME varchar(100), PARAMETER_TYPE varchar(100),
        PARAMETER_VALUE varchar(2500)
      BATCH_STEP_EXECUTION: STEP_EXECUTION_ID bigint PRIMARY KEY, VERSION bigint, STEP_NAME varchar(100),
        JOB_EXECUTION_ID bigint, CREATE_TIME timestamp, START_TIME timestamp, END_TIME timestamp, STATUS varchar(10),
        COMMIT_COUNT bigint, READ_COUNT bigint, WRITE_COUNT bigint, ROLLBACK_COUNT bigint, EXIT_CODE varchar(2500)
      BATCH_STEP_EXECUTION_CONTEXT: STEP_EXECUTION_ID bigint PRIMARY KEY, SHORT_CONTEXT text`,
  },
  {
    name: "jobrunr",
    right: ["jobrunr_jobs"],
    tables: `
      jobrunr_jobs: id char(36) PRIMARY KEY, version int, jobAsJson text, jobSignature varchar(512), state
        varchar(36), createdAt timestamp, updatedAt timestamp, scheduledAt timestamp, recurringJobId varchar(128)
      jobrunr_recurring_jobs: id char(128) PRIMARY KEY, version int, jobAsJson text, createdAt bigint
      jobrunr_backgroundjobservers: id char(36) PRIMARY KEY, workerPoolSize int, pollIntervalInSeconds int,
        firstHeartbeat timestamp, lastHeartbeat timestamp, running int, systemTotalMemory bigint, name varchar(128)
      jobrunr_metadata: id varchar(156) PRIMARY KEY, name varchar(92), owner varchar(64), value text, createdAt
        timestamp, updatedAt timestamp
      jobrunr_migrations: id char(36) PRIMARY KEY, script varchar(64), installedOn varchar(29)`,
  },
  {
    name: "db-scheduler",
    right: ["scheduled_tasks"],
    tables: `
      scheduled_tasks: task_name varchar(100), task_instance varchar(100), task_data blob, execution_time timestamp,
        picked boolean, picked_by varchar(50), last_success timestamp, last_failure timestamp, consecutive_failures
        int, last_heartbeat timestamp, version bigint
      orders: id integer PRIMARY KEY, status text, created_at timestamp, total_price numeric
      users: id integer PRIMARY KEY, name text, email text, last_seen_at timestamp`,
  },
  {
    name: "conductor",
    right: ["workflow_index", "task_index"],
    tables: `
      workflow: id integer PRIMARY KEY, created_on timestamp, modified_on timestamp, workflow_id varchar(255),
        correlation_id varchar(255), json_data text
      task: id integer PRIMARY KEY, created_on timestamp, modified_on timestamp, task_id varchar(255), json_data
        text
      workflow_index: workflow_id varchar(255) PRIMARY KEY, correlation_id varchar(128), workflow_type varchar(128),
        start_time timestamp, update_time timestamp, status varchar(32), json_data text
      task_index: task_id varchar(255) PRIMARY KEY, task_type varchar(32), task_def_name varchar(255), status
        varchar(32), start_time timestamp, update_time timestamp, workflow_type varchar(128), json_data text
      queue_message: id integer PRIMARY KEY, created_on timestamp, deliver_on timestamp, priority int, queue_name
        varchar(255), message_id varchar(255), offset_time_seconds bigint, payload text, popped boolean
      task_execution_logs: log_id integer PRIMARY KEY, task_id varchar(255), log text, created_time timestamp
      poll_data: id integer PRIMARY KEY, created_on timestamp, modified_on timestamp, queue_name varchar(255),
        domain varchar(255)
      event_execution: id integer PRIMARY KEY, created_on timestamp, modified_on timestamp, event_handler_name text,
        event_name text, message_id text, execution_id text, json_data text`,
  },
  {
    name: "mlflow",
    right: ["runs"],
    tables: `
      runs: run_uuid varchar(32) PRIMARY KEY, name varchar(250), source_type varchar(20), source_name varchar(500),
        entry_point_name varchar(50), user_id varchar(256), status varchar(9), start_time bigint, end_time bigint,
        deleted_time bigint, source_version varchar(50), lifecycle_stage varchar(20), artifact_uri varchar(200),
        experiment_id integer
      experiments: experiment_id integer PRIMARY KEY, name varchar(256), artifact_location varchar(256),
        lifecycle_stage varchar(32), creation_time bigint, last_update_time bigint
      metrics: "key" varchar(250), value float, timestamp bigint, run_uuid varchar(32), step bigint, is_nan boolean
      model_versions: name varchar(256), version integer, creation_time bigint, last_updated_time bigint, user_id
        varchar(256), current_stage varchar(20), source varchar(500), run_id varchar(32), status varchar(20),
        status_message varchar(500)
      trace_info: request_id varchar(50) PRIMARY KEY, experiment_id integer, timestamp_ms bigint, execution_time_ms
        bigint, status varchar(50)
      tags: "key" text, value text, run_uuid text`,
  },
  {
    name: "awx",
    right: ["main_unifiedjob"],
    tables: `
      main_unifiedjob: id integer PRIMARY KEY, created timestamp, modified timestamp, description text, name
        varchar(512), old_pk integer, launch_type varchar(20), cancel_flag boolean, status varchar(20), failed
        boolean, started timestamp, finished timestamp, elapsed numeric, job_args text, job_cwd varchar(1024),
        job_explanation text, celery_task_id varchar(100), execution_node text, controller_node text
      main_job: unifiedjob_ptr_id integer PRIMARY KEY, job_type varchar(64), playbook varchar(1024), forks integer
      main_jobevent: id bigint PRIMARY KEY, created timestamp, event varchar(100), failed boolean, changed boolean,
        host_name varchar(1024), job_id integer, task varchar(1024)
      main_instance: id integer PRIMARY KEY, uuid varchar(40), hostname varchar(250), created timestamp, modified
        timestamp, capacity integer, last_seen timestamp, last_health_check timestamp, node_state varchar(16)
      main_unifiedjobtemplate: id integer PRIMARY KEY, name varchar(512), status varchar(32), last_job_failed
        boolean, last_job_run timestamp, next_job_run timestamp, execution_environment_id integer
      main_schedule: id integer PRIMARY KEY, name varchar(512), enabled boolean, dtstart timestamp, dtend timestamp,
        next_run timestamp
      main_projectupdate: unifiedjob_ptr_id integer PRIMARY KEY, job_type varchar(64), scm_url text, timeout integer
      main_workflowapproval: unifiedjob_ptr_id integer PRIMARY KEY, timeout integer, timed_out boolean`,
  },
  {
    name: "semaphore",
    right: ["task"],
    tables: `
      task: id integer PRIMARY KEY, template_id integer, status varchar(255), playbook varchar(255), environment
        text, created datetime, start datetime, "end" datetime, user_id integer, message varchar(250), version
        varchar(20), commit_hash varchar(40)
      task__output: id integer PRIMARY KEY, task_id integer, task varchar(255), time datetime, output text
      project__template: id integer PRIMARY KEY, project_id integer, name text, playbook text, type varchar(10)
      event: id integer PRIMARY KEY, project_id integer, object_id integer, object_type varchar(20), description
        text, created datetime
      runner: id integer PRIMARY KEY, name text, active boolean, touched datetime, max_parallel_tasks integer
      session: id integer PRIMARY KEY, user_id integer, created datetime, last_active datetime, ip text, user_agent
        text, expired boolean`,
  },
  {
    name: "dolphin",
    right: ["t_ds_task_instance", "t_ds_process_instance"],
    tables: `
      t_ds_process_instance: id integer PRIMARY KEY, name varchar(255), process_definition_code bigint, state
        tinyint, recovery tinyint, start_time datetime, end_time datetime, run_times int, host varchar(135),
        command_type tinyint, max_try_times tinyint, schedule_time datetime, update_time timestamp
      t_ds_task_instance: id integer PRIMARY KEY, name varchar(255), task_type varchar(50), task_code bigint,
        process_instance_id int, state tinyint, submit_time datetime, start_time datetime, end_time datetime, host
        varchar(135), execute_path varchar(200), log_path text, alert_flag tinyint, retry_times int, pid int, app_link
        text, max_retry_times int
      t_ds_command: id integer PRIMARY KEY, command_type tinyint, process_definition_code bigint, start_time
        datetime, update_time datetime, worker_group varchar(255)
      t_ds_schedules: id integer PRIMARY KEY, process_definition_code bigint, start_time datetime, end_time
        datetime, crontab varchar(255), release_state tinyint, create_time datetime
      t_ds_alert: id integer PRIMARY KEY, title varchar(64), content text, alert_status tinyint, create_time
        datetime
      t_ds_process_definition: id integer PRIMARY KEY, name varchar(255), release_state tinyint, create_time
        datetime
      t_ds_dq_execute_result: id integer PRIMARY KEY, state integer, create_time datetime, update_time datetime
      t_ds_session: id varchar(64) PRIMARY KEY, user_id int, ip varchar(45), last_login_time datetime`,
  },
  {
    name: "django-q",
    right: ["django_q_task"],
    tables: `
      django_q_task: id varchar(32) PRIMARY KEY, name varchar(100), func varchar(256), hook varchar(256), args text,
        kwargs text, result text, started datetime, stopped datetime, success bool, "group" varchar(100),
        attempt_count integer
      django_q_ormq: id integer PRIMARY KEY, "key" varchar(100), payload text, lock datetime
      django_q_schedule: id integer PRIMARY KEY, func varchar(256), hook varchar(256), schedule_type varchar(1),
        repeats integer, next_run datetime, task varchar(100), name varchar(100)
      auth_user: id integer PRIMARY KEY, username text, last_login datetime, is_active bool, date_joined datetime
      django_session: session_key varchar(40) PRIMARY KEY, session_data text, expire_date datetime`,
  },
  {
    name: "qc",
    right: ["queue_classic_jobs"],
    tables: `
      queue_classic_jobs: id integer PRIMARY KEY, q_name text, method text, args text, locked_at timestamp,
        locked_by integer, created_at timestamp, scheduled_at timestamp
      payments: id integer PRIMARY KEY, status text, amount numeric, created_at timestamp, completed_at timestamp
      orders: id integer PRIMARY KEY, state text, price numeric, created_at timestamp`,
  },
  {
    name: "rundeck",
    right: ["execution"],
    tables: `
      execution: id integer PRIMARY KEY, version bigint, date_started timestamp, date_completed timestamp, status
        varchar(255), rduser varchar(255), abortedby varchar(255), server_nodeuuid varchar(36), retry_attempt integer,
        timed_out boolean, cancelled boolean, scheduled_execution_id bigint, outputfilepath text, project varchar(255)
      scheduled_execution: id integer PRIMARY KEY, job_name varchar(1024), group_path text, next_execution
        timestamp, schedule_enabled boolean, date_created timestamp, total_time bigint, exec_count bigint, retry text,
        timeout text, log_level text
      base_report: id integer PRIMARY KEY, status varchar(256), date_started timestamp, date_completed timestamp,
        node text, title text, action varchar(256)
      log_file_storage_request: id integer PRIMARY KEY, completed boolean, date_created timestamp, execution_id
        bigint
      workflow_step: id integer PRIMARY KEY, description text, type text, node_step boolean`,
  },
  {
    name: "inhouse",
    right: ["agent_sessions"],
    tables: `
      agent_sessions: id text PRIMARY KEY, agent_name text, model text, pid integer, cwd text, status text,
        started_at text, ended_at text, last_activity_at text, prompt_tokens integer, completion_tokens integer,
        cost_usd real
      messages: id integer PRIMARY KEY, session_id text, role text, content text, created_at text, tokens integer
      tool_calls: id text PRIMARY KEY, session_id text, name text, status text, started_at text, finished_at text,
        duration_ms integer, input text
      users: id integer PRIMARY KEY, name text, status text, last_seen_at text
      settings: "key" text PRIMARY KEY, value text`,
  },
  {
    name: "kestra",
    right: ["executions"],
    tables: `
      executions: "key" varchar(250) PRIMARY KEY, value text, deleted bool, namespace varchar(150), flow_id
        varchar(150), state_current varchar(50), state_duration float, start_date timestamp, end_date timestamp
      queues: "offset" integer PRIMARY KEY, type varchar(100), "key" varchar(250), value text, updated timestamp,
        consumers text
      flows: "key" varchar(250) PRIMARY KEY, value text, deleted bool, id varchar(100), namespace varchar(150),
        revision int
      logs: "key" varchar(30) PRIMARY KEY, level varchar(10), timestamp timestamp, message text, execution_id
        varchar(150)
      triggers: "key" varchar(250) PRIMARY KEY, value text, next_execution_date timestamp, execution_id text`,
  },
  {
    name: "concourse",
    right: ["builds"],
    tables: `
      builds: id integer PRIMARY KEY, name text, status text, scheduled boolean, job_id integer, team_id integer,
        start_time timestamp, end_time timestamp, create_time timestamp, reap_time timestamp, engine text, completed
        boolean, aborted boolean, manually_triggered boolean
      jobs: id integer PRIMARY KEY, name text, pipeline_id integer, active boolean, paused boolean, config text,
        last_scheduled timestamp, schedule_requested timestamp
      workers: name text PRIMARY KEY, addr text, expires timestamp, active_containers integer, platform text, state
        text, start_time timestamp
      containers: id integer PRIMARY KEY, handle text, build_id integer, state text, meta_type text, last_hijack
        timestamp
      volumes: id integer PRIMARY KEY, handle text, state text, path text
      checks: id integer PRIMARY KEY, status text, plan text, create_time timestamp, start_time timestamp, end_time
        timestamp, check_error text`,
  },
  {
    name: "buildbot",
    right: ["builds", "buildrequests"],
    tables: `
      buildrequests: id integer PRIMARY KEY, buildsetid integer, builderid integer, priority integer, complete
        integer, results smallint, submitted_at integer, complete_at integer, waited_for smallint
      builds: id integer PRIMARY KEY, number integer, builderid integer, buildrequestid integer, workerid integer,
        masterid integer, started_at integer, complete_at integer, locks_duration_s integer, state_string text,
        results integer
      steps: id integer PRIMARY KEY, number integer, name varchar(50), buildid integer, started_at integer,
        locks_acquired_at integer, complete_at integer, state_string text, results integer, hidden smallint
      buildrequest_claims: brid integer, masterid integer, claimed_at integer
      buildsets: id integer PRIMARY KEY, submitted_at integer, complete smallint, complete_at integer, results
        smallint
      masters: id integer PRIMARY KEY, name text, active integer, last_active integer
      workers: id integer PRIMARY KEY, name varchar(50), info text, paused smallint`,
  },
  {
    name: "slurm",
    right: ["c_job_table"],
    tables: `
      c_job_table: job_db_inx integer PRIMARY KEY, mod_time bigint, deleted tinyint, account tinytext, cpus_req int,
        exit_code int, job_name tinytext, id_job int, nodelist text, "partition" tinytext, priority int, state int,
        time_submit bigint, time_eligible bigint, time_start bigint, time_end bigint, time_suspended bigint, work_dir
        text
      c_step_table: job_db_inx integer, deleted tinyint, exit_code int, id_step int, nodelist text, state int,
        step_name text, time_start bigint, time_end bigint, user_sec int
      c_event_table: time_start bigint, time_end bigint, node_name tinytext, state int, reason tinytext
      c_resv_table: id_resv int, deleted tinyint, time_start bigint, time_end bigint, resv_name text
      c_suspend_table: job_db_inx integer, id_assoc int, time_start bigint, time_end bigint`,
  },
];

/** Each table starts a line. Lines with more indentation continue its columns. */
export function sqlOf({ tables }: Schema): string {
  const lines = tables.trim().split(/\n {6}(?=\S)/);
  return lines
    .map((line) => {
      const [, name = "", columns = ""] = /^([^:]+): (.*)$/s.exec(line) ?? [];
      return `CREATE TABLE "${name}" (${columns});`;
    })
    .join("\n");
}
