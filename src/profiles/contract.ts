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
function columns(...specifications: readonly string[]): readonly Column[] {
  return specifications.map((specification) => {
    const [name, type] = specification.replace("?", "").split(":") as [string, ColumnType];
    return { name, type, nullable: specification.endsWith("?") };
  });
}

const TOKENS = [
  "input_tokens:int?",
  "output_tokens:int?",
  "cache_read_tokens:int?",
  "cache_creation_tokens:int?",
] as const;

export const CONTRACT = {
  stages: {
    noun: "stages",
    columns: columns("task_id:text", "work_item:text?", "stage:text", "entered_at_ms:int?", "title:text?"),
    optional: [],
  },
  jobs: {
    noun: "queue",
    columns: columns("job_key:key", "status:text"),
    optional: columns(
      "native_status:text?",
      "task_id:text?",
      "kind:text?",
      "available_at_ms:int?",
      "created_at_ms:int?",
      "started_at_ms:int?",
      "attempts:int?",
      "max_attempts:int?",
      "is_open:flag",
    ),
  },
  queue_counts: {
    noun: "queue",
    columns: columns("status:text", "native_status:text?", "jobs:int"),
    optional: [],
  },
  queue_retries: {
    noun: "retries",
    columns: columns("retried_jobs:int", "attempts:int?", "waiting_retry:int?"),
    optional: columns("exhausted_jobs:int?"),
  },
  queue_ages: {
    noun: "ages of jobs",
    columns: columns(
      "oldest_queued_at_ms:int?",
      "oldest_running_at_ms:int?",
      "delayed_jobs:int?",
      "next_available_at_ms:int?",
    ),
    optional: [],
  },
  queue_running: {
    noun: "running jobs",
    columns: columns(
      "job_id:text",
      "task_id:text?",
      "kind:text?",
      "started_at_ms:int?",
      "attempts:int?",
      "max_attempts:int?",
    ),
    optional: [],
  },
  job_history: {
    noun: "queue",
    columns: columns(
      "job_key:key",
      "status:text",
      "native_status:text?",
      "attempts:int?",
      "max_attempts:int?",
      "is_open:flag",
    ),
    optional: [],
  },
  breakers: {
    noun: "circuit breakers",
    columns: columns("name:text", "state:text", "failures:int?", "opened_at_ms:int?"),
    optional: columns("retry_at_ms:int?", "updated_at_ms:int?"),
  },
  gates: {
    noun: "gates",
    columns: columns("scope:text", "holder_task_id:text?", "acquired_at_ms:int?", "waiting:int?"),
    optional: [],
  },
  agents: {
    noun: "agents",
    columns: columns(
      "run_id:text",
      "task_id:text?",
      "agent:text?",
      "model:text?",
      "pid:pid?",
      "host:text?",
      "started_at_ms:int?",
      "heartbeat_at_ms:int?",
    ),
    optional: columns(
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
    ),
  },
  finished_runs: {
    noun: "finished runs",
    columns: columns(
      "run_id:text",
      "task_id:text?",
      "agent:text?",
      "model:text?",
      "started_at_ms:int?",
      "finished_at_ms:int",
      "exit_code:code?",
    ),
    optional: columns("cost_usd:real?", ...TOKENS),
  },
  agent_task_stages: {
    noun: "stages of the agents' tasks",
    columns: columns("task_id:text", "stage:text"),
    optional: [],
  },
  agent_job_statuses: {
    noun: "statuses of the agents' jobs",
    columns: columns("job_id:text", "status:text"),
    optional: [],
  },
  cost: {
    noun: "cost",
    columns: columns(
      "agent:text?",
      "model:text?",
      "runs:int",
      "priced_runs:int?",
      "cost_usd:real?",
      ...TOKENS,
    ),
    optional: [],
  },
  run_history: {
    noun: "cost",
    columns: columns(
      "run_key:key",
      "agent:text?",
      "model:text?",
      "cost_usd:real?",
      ...TOKENS,
      "is_open:flag",
    ),
    optional: [],
  },
  epoch: {
    noun: "keys that only grow",
    columns: columns("name:text", "highest_key:int"),
    optional: [],
  },
} as const satisfies Readonly<Record<string, SectionContract>>;

export type SectionName = keyof typeof CONTRACT;

export const SECTION_NAMES = Object.keys(CONTRACT) as readonly SectionName[];

/** The sections that list history row by row, with their key columns. */
export const KEYS = { jobs: "job_key", job_history: "job_key", run_history: "run_key" } as const;

/** The status words of the contract. A row may also carry the source's own word. */
export const STATUSES = ["queued", "running", "done", "failed", "cancelled", "other"] as const;

export const isTime = (name: string): boolean => name.endsWith("_at_ms");

/** Returns the name of an unconverted time: `started_at` for `started_at_ms`. */
export const unconverted = (name: string): string => (isTime(name) ? name.slice(0, -"_ms".length) : name);

const COLUMNS = new Map(
  Object.entries<SectionContract>(CONTRACT).map(([section, one]) => [
    section,
    [...one.columns, ...one.optional],
  ]),
);

/** Returns every column that a section may have. */
export function columnsOf(section: SectionName): readonly Column[] {
  return COLUMNS.get(section) ?? [];
}

/** Returns every problem of the column names that a SELECT returned. */
export function columnProblems(
  section: SectionName,
  names: readonly string[],
): readonly { readonly column: string; readonly message: string }[] {
  const known = columnsOf(section).flatMap(({ name }) => [name, unconverted(name)]);
  const { columns: required }: SectionContract = CONTRACT[section];
  const missing = required
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
