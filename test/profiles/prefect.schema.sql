-- The tables of Prefect 3.8 (PrefectHQ/prefect, Apache-2.0) that its profile reads, with the columns of
-- src/prefect/server/database/orm_models.py. The flow runs have only the columns that the profile needs, with their indexes.
CREATE TABLE flow (
  id CHAR(36) PRIMARY KEY NOT NULL,
  created DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f000', 'now')),
  updated DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f000', 'now')),
  name VARCHAR NOT NULL UNIQUE,
  tags JSON NOT NULL DEFAULT '[]',
  labels JSON
);
CREATE TABLE flow_run (
  id CHAR(36) PRIMARY KEY NOT NULL,
  created DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f000', 'now')),
  updated DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f000', 'now')),
  name VARCHAR NOT NULL,
  state_type VARCHAR(10),
  state_name VARCHAR,
  state_timestamp DATETIME,
  run_count INTEGER NOT NULL DEFAULT 0,
  expected_start_time DATETIME,
  next_scheduled_start_time DATETIME,
  start_time DATETIME,
  end_time DATETIME,
  total_run_time DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00.000000',
  flow_id CHAR(36) NOT NULL REFERENCES flow (id) ON DELETE CASCADE,
  deployment_id CHAR(36),
  work_queue_name VARCHAR,
  parameters JSON NOT NULL DEFAULT '{}',
  context JSON NOT NULL DEFAULT '{}',
  empirical_policy JSON NOT NULL DEFAULT '{}',
  tags JSON NOT NULL DEFAULT '[]',
  infrastructure_pid VARCHAR,
  auto_scheduled BOOLEAN NOT NULL DEFAULT '0'
);
CREATE INDEX ix_flow_run__name ON flow_run (name);
CREATE INDEX ix_flow_run__flow_id ON flow_run (flow_id);
CREATE INDEX ix_flow_run__state_type ON flow_run (state_type);
CREATE INDEX ix_flow_run__state_name ON flow_run (state_name);
CREATE INDEX ix_flow_run__state_timestamp ON flow_run (state_timestamp);
CREATE INDEX ix_flow_run__start_time ON flow_run (start_time);
CREATE INDEX ix_flow_run__next_scheduled_start_time_asc ON flow_run (next_scheduled_start_time);
CREATE TABLE concurrency_limit_v2 (
  id CHAR(36) PRIMARY KEY NOT NULL,
  created DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f000', 'now')),
  updated DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f000', 'now')),
  active BOOLEAN NOT NULL,
  name VARCHAR NOT NULL UNIQUE,
  "limit" INTEGER NOT NULL,
  active_slots INTEGER NOT NULL,
  denied_slots INTEGER NOT NULL,
  slot_decay_per_second FLOAT NOT NULL,
  avg_slot_occupancy_seconds FLOAT NOT NULL
);
