/** Flow runs of Prefect in every state type, and its limits. */
import type { Row, TestDatabase } from "../support/database.ts";

export const BEGAN = Date.now();
export const HOUR = 3_600_000;
export const longAgo = Date.UTC(2026, 7, 1, 10, 0, 0);

/** Formats a time as SQLAlchemy does on SQLite: UTC without a zone, six fractional digits. */
const at = (milliseconds: number) =>
  new Date(milliseconds).toISOString().replace("T", " ").replace("Z", "000");

export const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

/** For each run: the type and name of its state, and its other columns. */
const RUNS: readonly (readonly [string | null, string | null, Row])[] = [
  ["SCHEDULED", "Scheduled", { next_scheduled_start_time: at(BEGAN + HOUR), auto_scheduled: 1 }],
  ["SCHEDULED", "Late", { next_scheduled_start_time: at(longAgo + 7) }],
  ["SCHEDULED", "AwaitingRetry", { next_scheduled_start_time: at(BEGAN + 2 * HOUR), run_count: 1 }],
  // This one was due before it was created.
  ["PENDING", "Pending", { expected_start_time: at(longAgo - HOUR), created: at(longAgo + 500) }],
  ["RUNNING", "Running", { run_count: 2, infrastructure_pid: "4321", empirical_policy: '{"retries":3}' }],
  ["RUNNING", null, { run_count: 1, infrastructure_pid: "host:4321", empirical_policy: '{"retries":null}' }],
  ["CANCELLING", "Cancelling", { run_count: 1, infrastructure_pid: "", start_time: at(longAgo - 250) }],
  ["PAUSED", "Suspended", { run_count: 1 }],
  ["COMPLETED", "NoData", { run_count: 1 }],
  ["FAILED", "Failed", { run_count: 4, empirical_policy: '{"retries":3}' }],
  ["FAILED", "Failed", { run_count: 1, empirical_policy: '{"retries":3}' }],
  ["FAILED", "Failed", { run_count: 1, empirical_policy: "{}" }],
  ["CRASHED", "Crashed", { run_count: 1 }],
  ["CANCELLED", "Cancelled", {}],
  [null, null, {}],
];

export function fill(database: TestDatabase) {
  database.insert("flow", { id: id(99), name: "nightly" });
  for (const [index, [state_type, state_name, more]] of RUNS.entries()) {
    const state = {
      state_type,
      state_name,
      state_timestamp: state_type === null ? null : at(longAgo + index),
    };
    const row = {
      id: id(index),
      name: `run-${index}`,
      flow_id: id(99),
      parameters: '{"key":"secret"}',
      created: at(longAgo),
    };
    database.insert("flow_run", { ...row, ...state, expected_start_time: at(longAgo + 500), ...more });
  }
  const limit = { '"limit"': 1, active_slots: 1, slot_decay_per_second: 0, avg_slot_occupancy_seconds: 2 };
  const limits: readonly Row[] = [
    { name: "database", active: 1, denied_slots: 4_000, updated: at(BEGAN) },
    { name: "gpu", active: 1, denied_slots: 5, updated: at(longAgo) },
    { name: "off", active: 0, denied_slots: 5, updated: at(BEGAN) },
    { name: "tag:slow", active: 1, denied_slots: 0, updated: at(BEGAN) },
  ];
  for (const [index, row] of limits.entries())
    database.insert("concurrency_limit_v2", { id: id(index), ...limit, ...row });
}
