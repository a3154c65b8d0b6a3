/**
 * The column contract: what each section's SELECT must return, by name and in any order. NULL means unknown. A time,
 * `X_at_ms`, is in Unix epoch milliseconds. A SELECT may return `X_at` instead, which the service converts.
 */

/**
 * `text`. `int`: a whole number from 0 to 2^53 - 1. `real`: a finite number from 0. `flag`: 0 or 1, in PostgreSQL a
 * boolean. `pid`: a process ID; other values count as none. `code`: a whole 32-bit number, may be negative; other
 * values count as none. `key`: a whole number or a text.
 */
export type ColumnType = "text" | "int" | "real" | "flag" | "pid" | "code" | "key";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
}

export interface SectionContract {
  readonly columns: readonly Column[];
  /** Columns that may be missing, and are then unknown. */
  readonly optional: readonly Column[];
  /** The name of what the envelope lacks without the section, for "the profile maps no …". */
  readonly noun: string;
}

/** Parses `name:type` specifications, in which a question mark allows NULL. */
function section(
  noun: string,
  columns: readonly string[],
  optional: readonly string[] = [],
): SectionContract {
  const parsed = (specification: string): Column => {
    const [name, type] = specification.replace("?", "").split(":") as [string, ColumnType];
    return { name, type, nullable: specification.endsWith("?") };
  };
  return { noun, columns: columns.map(parsed), optional: optional.map(parsed) };
}

const TOKENS = [
  "input_tokens:int?",
  "output_tokens:int?",
  "cache_read_tokens:int?",
  "cache_creation_tokens:int?",
];

export const CONTRACT = {
  stages: section("stages", [
    "task_id:text",
    "work_item:text?",
    "stage:text",
    "entered_at_ms:int?",
    "title:text?",
  ]),
  jobs: section(
    "queue",
    ["job_key:key", "status:text"],
    [
      "native_status:text?",
      "task_id:text?",
      "kind:text?",
      "available_at_ms:int?",
      "created_at_ms:int?",
      "started_at_ms:int?",
      "attempts:int?",
      "max_attempts:int?",
      "is_open:flag",
    ],
  ),
  queue_counts: section("queue", ["status:text", "native_status:text?", "jobs:int"]),
  queue_retries: section(
    "retries",
    ["retried_jobs:int", "attempts:int?", "waiting_retry:int?"],
    ["exhausted_jobs:int?"],
  ),
  queue_ages: section("ages of jobs", [
    "oldest_queued_at_ms:int?",
    "oldest_running_at_ms:int?",
    "delayed_jobs:int?",
    "next_available_at_ms:int?",
  ]),
  queue_running: section("running jobs", [
    "job_id:text",
    "task_id:text?",
    "kind:text?",
    "started_at_ms:int?",
    "attempts:int?",
    "max_attempts:int?",
  ]),
  job_history: section("queue", [
    "job_key:key",
    "status:text",
    "native_status:text?",
    "attempts:int?",
    "max_attempts:int?",
    "is_open:flag",
  ]),
  breakers: section(
    "circuit breakers",
    ["name:text", "state:text", "failures:int?", "opened_at_ms:int?"],
    ["retry_at_ms:int?", "updated_at_ms:int?"],
  ),
  gates: section("gates", ["scope:text", "holder_task_id:text?", "acquired_at_ms:int?", "waiting:int?"]),
  agents: section(
    "agents",
    [
      "run_id:text",
      "task_id:text?",
      "agent:text?",
      "model:text?",
      "pid:pid?",
      "host:text?",
      "started_at_ms:int?",
      "heartbeat_at_ms:int?",
    ],
    [
      "job_id:text?",
      "log_path:text?",
      "cost_usd:real?",
      ...TOKENS,
      "progress_at_ms:int?",
      "context_tokens:int?",
      "context_window_tokens:int?",
      "open_file:text?",
      "cwd:text?",
      "program:text?",
      "shares_process:flag?",
    ],
  ),
  finished_runs: section(
    "finished runs",
    [
      "run_id:text",
      "task_id:text?",
      "agent:text?",
      "model:text?",
      "started_at_ms:int?",
      "finished_at_ms:int",
      "exit_code:code?",
    ],
    ["cost_usd:real?", ...TOKENS],
  ),
  agent_task_stages: section("stages of the agents' tasks", ["task_id:text", "stage:text"]),
  agent_job_statuses: section("statuses of the agents' jobs", ["job_id:text", "status:text"]),
  cost: section("cost", [
    "agent:text?",
    "model:text?",
    "runs:int",
    "priced_runs:int?",
    "cost_usd:real?",
    ...TOKENS,
  ]),
  run_history: section("cost", [
    "run_key:key",
    "agent:text?",
    "model:text?",
    "cost_usd:real?",
    ...TOKENS,
    "is_open:flag",
  ]),
  epoch: section("keys that only grow", ["name:text", "highest_key:int"]),
} satisfies Readonly<Record<string, SectionContract>>;

export type SectionName = keyof typeof CONTRACT;

export const SECTION_NAMES = Object.keys(CONTRACT) as readonly SectionName[];

/** The sections that list history row by row, with their key columns. */
export const KEYS = { jobs: "job_key", job_history: "job_key", run_history: "run_key" } as const;

/** The status words of the contract. A row may also carry the source's own word. */
export const STATUSES = ["queued", "running", "done", "failed", "cancelled", "other"] as const;

export const isTime = (name: string): boolean => name.endsWith("_at_ms");

/** Returns the name of an unconverted time: `started_at` for `started_at_ms`. */
export const unconverted = (name: string): string => (isTime(name) ? name.slice(0, -"_ms".length) : name);

/** Returns every column that a section may have. */
export function columnsOf(section: SectionName): readonly Column[] {
  const { columns, optional } = CONTRACT[section];
  return [...columns, ...optional];
}

/** Returns every problem of the column names that a SELECT returned. */
export function columnProblems(
  section: SectionName,
  names: readonly string[],
): readonly { readonly column: string; readonly message: string }[] {
  const known = columnsOf(section).flatMap(({ name }) => [name, unconverted(name)]);
  const missing = CONTRACT[section].columns
    .filter(({ name }) => !names.includes(name) && !names.includes(unconverted(name)))
    .map(({ name, nullable }) => {
      const hint = nullable ? `: \`NULL AS ${unconverted(name)}\` if it is unknown` : "";
      return { column: name, message: `missing column "${unconverted(name)}"${hint}` };
    });
  const wrong = names.flatMap((column, index) => {
    const problem = (message: string) => [{ column, message }];
    if (!known.includes(column)) return problem(`unexpected column "${column}": remove it`);
    if (names.indexOf(column) !== index) return problem(`duplicate column "${column}": remove one`);
    return isTime(`${column}_ms`) && names.includes(`${column}_ms`)
      ? problem(`columns "${column}" and "${column}_ms" are the same: remove one`)
      : [];
  });
  return [...missing, ...wrong];
}
