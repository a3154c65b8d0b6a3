/**
 * The states of a database, the ways to start the service, its whole output, and a fingerprint of the files.
 */
import { spawnSync } from "node:child_process";
import { INSERT_TASK, startOrchestrator, type TestOrchestrator } from "../support/orchestrator.ts";
import { READ_ONLY } from "../support/read-only.ts";
import { type RunningProgram, type StartOptions, untilOk } from "../support/service.ts";
import { documentedFlags } from "./start.ts";

const AT = "'2026-01-31T12:00:00.000Z'";
export const ROWS = `${INSERT_TASK};
  INSERT INTO jobs (kind, status, attempts, available_at, created_at, started_at) VALUES
    ('a', 'done', 2, ${AT}, ${AT}, ${AT}), ('b', 'running', 1, ${AT}, ${AT}, ${AT}), ('c', 'queued', 0, ${AT}, ${AT}, NULL);
  INSERT INTO agent_runs (agent, model, pid, started_at, cost_usd) VALUES ('a', 'm', ${process.pid}, ${AT}, 1.5);
  INSERT INTO circuit_breakers VALUES ('api', 'open', 3, ${AT}, NULL, ${AT});
  INSERT INTO serial_gates VALUES ('repo', NULL, NULL, 2)`;

/** Removes values that change from request to request. */
function lasting(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner) =>
      /_seconds$|^generated_at$|^history_as_of$|^process$|^cpu_ticks$|^modified_at$/.test(key)
        ? undefined
        : inner,
    ),
  );
}

/** Values, and the metrics that exist only while a process does something. */
const PASSING = / [-+.e\d]+$|^.*\borch_agent_(wait|thread|descendant|youngest|process_state)\w*.*\n/gm;

/** Returns the output of each endpoint in each format. */
export async function everything(program: RunningProgram): Promise<unknown> {
  const envelope = await untilOk(program);
  const texts = [
    "/status",
    "/queue",
    "/ready",
    "/health",
    "/metrics?format=openmetrics",
    "/metrics?format=prometheus",
  ];
  const answers = await Promise.all(
    texts.map(async (path) => {
      const response = await program.get(path);
      return [path, response.status, (await response.text()).replaceAll(PASSING, "")];
    }),
  );
  return lasting({ envelope, answers });
}

/**
 * Returns the name, size, modification time to the nanosecond, and contents of each file, and the same of the
 * folder.
 */
export function state({ directory }: TestOrchestrator, but = "none"): string {
  const script = `stat -c '%n %s %y' . && for file in $(ls | grep -v ${but}); do stat -c '%n %i %s %y' $file && sha256sum $file; done`;
  return spawnSync("sh", ["-c", script], { cwd: directory, encoding: "utf8" }).stdout;
}

interface State {
  readonly journal: "wal" | "delete";
  readonly end?: "stop" | "kill";
}

export const STATES = {
  "a WAL database in use": { journal: "wal" },
  "a WAL database whose orchestrator was stopped": { journal: "wal", end: "stop" },
  "a WAL database whose orchestrator was killed": { journal: "wal", end: "kill" },
  "a database with a rollback journal": { journal: "delete" },
} as const satisfies Readonly<Record<string, State>>;

export interface Start {
  readonly options: StartOptions;
  /** Files that may change. */
  readonly but?: string;
}

export const STARTS = {
  "without write access": { options: { through: READ_ONLY } },
  // A reader marks the shared memory, like any reader of a WAL database.
  "started like the unit": { options: { nodeFlags: documentedFlags() }, but: "shm" },
  "started like the unit, without write access": {
    options: { nodeFlags: documentedFlags(), through: READ_ONLY },
  },
} as const satisfies Readonly<Record<string, Start>>;

/** Creates a database in this state. */
export async function inState(name: keyof typeof STATES): Promise<TestOrchestrator> {
  const { journal, end }: State = STATES[name];
  const orchestrator = await startOrchestrator({ journal });
  await orchestrator.exec(ROWS);
  if (end) await orchestrator[end]();
  return orchestrator;
}
