/**
 * The column contract: what each section's SELECT has to return, by name and in any order. Unknown is NULL. A time,
 * `X_at_ms`, is in Unix epoch milliseconds; instead of it a SELECT may return `X_at`, which the service converts.
 */

/**
 * `text`; `int`: whole, from 0 to 2^53 - 1; `real`: finite, from 0; `flag`: 0 or 1, in PostgreSQL a boolean;
 * `pid`: a process id, and whatever else stands there is none; `code`: likewise a whole number of 32 bits, negative too;
 * `key`: a whole number, or a text.
 */
export type ColumnType = "text" | "int" | "real" | "flag" | "pid" | "code" | "key";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
}

export interface SectionContract {
  readonly columns: readonly Column[];
  /** One that is left out is unknown. */
  readonly optional: readonly Column[];
  /** What the envelope lacks without the section, for "the profile maps no …". */
  readonly noun: string;
}

/** `name:type`, with a question mark where NULL is allowed. */
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

/** The sections that list history row by row, each with its key. */
export const KEYS = { jobs: "job_key", job_history: "job_key", run_history: "run_key" } as const;

/** What a section's status may be; the source's own word rides along. */
export const STATUSES = ["queued", "running", "done", "failed", "cancelled", "other"] as const;

export const isTime = (name: string): boolean => name.endsWith("_at_ms");

/** A time as the database has it: `started_at` for `started_at_ms`. */
export const unconverted = (name: string): string => (isTime(name) ? name.slice(0, -"_ms".length) : name);

const COLUMNS = new Map(
  Object.entries<SectionContract>(CONTRACT).map(([section, one]) => [
    section,
    [...one.columns, ...one.optional],
  ]),
);

/** Every column that a section may have. */
export function columnsOf(section: SectionName): readonly Column[] {
  return COLUMNS.get(section) ?? [];
}

/** Every problem of the names that a SELECT returned, each with the column that it is about. */
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
      ? problem(`columns "${column}" and "${column}_ms" say the same: remove one`)
      : [];
  });
  return [...missing, ...wrong];
}
