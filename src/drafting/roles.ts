/** Assigns a table's columns to roles in a profile, by name and declared type. */
import type { Column, Table } from "./catalog.ts";
import { words } from "./words.ts";

type Kind = "text" | "number" | "time" | "any" | "none";

/** Optional prefixes of a name, as in `job_status` or `run_started_at`. */
const PREFIX =
  "(?:job|run|task|exec(?:ution)?|process(?:ing)?|work(?:er|flow)?|step|flow|build|turn|session|actual|current|last|latest|first)_?";

/**
 * By role: the weight in a ranking, the kinds of type, and patterns of the name, best first. Time patterns omit the
 * word that marks a time: `started` matches `started_at`, and `start` matches `start_time` and `time_start`.
 */
const ROLES = {
  status: [3, "text|number", "status|state", "(?:status|state)_?(?:type|name|code|id)", "phase", "stage"],
  started_at: [
    ...[2, "time", "started|start"],
    "began|begun|begin|launched|executed|performed|attempted|dispatched|picked(?:_?up)?|processed|spawned",
    "reserved|locked|claimed|leased|acquired|fetched|taken",
  ],
  finished_at: [
    ...[2, "time", "finished|finish|completed|complete|ended|end|finalized|stopped|stop|done"],
    "completion|terminated|exited|closed|resolved|succeeded|processed",
  ],
  failed_at: [1, "time", "failed|errored|discarded"],
  cancelled_at: [1, "time", "cancell?ed|aborted"],
  created_at: [
    ...[0, "time", "created|create|creation|inserted|insert|added|submitted"],
    "enqueued|queued|received|requested",
  ],
  available_at: [
    1,
    "time",
    "(?:available|visible)(?:_?from|_?after)?|vt|not_?before|(?:run|start|process|execute|retry)_?after",
    "(?:scheduled|schedule)(?:_?for)?|next_?(?:run|attempt|retry|try)|(?:wait|delay(?:ed)?)(?:_?till|_?until)?|run|eta|due|retry|execution",
  ],
  heartbeat_at: [
    ...[1, "time", "heart_?beat(?:ed)?|hb"],
    "seen|alive|ping(?:ed)?|event|activity|output|check_?in|checked_?in|progress",
  ],
  deleted: [0, "any", "(?:soft_?)?(?:deleted|removed|dropped)(?:_?(?:at|on|time))?|is_?(?:deleted|removed)"],
  pid: [1, "text|number", "pid", "\\w+_pid|os_?pid|process_?id"],
  attempts: [
    2,
    "number",
    "attempts?|tries|try|attempts?_?(?:count|number|num|no|made)|tr(?:y|ies)_?(?:count|number)",
    "retries|retry|retr(?:y|ies)_?(?:count|number|num|no)|num_?(?:attempts|retries|tries)",
    "(?:run|read|executions?|error|failure|failed)_?(?:count|ct)",
  ],
  max_attempts: [
    1,
    "number",
    "max(?:imum)?_?(?:attempts?|tries|retries|retry)(?:_?count)?|(?:retry|attempts?)_?limit",
  ],
  host: [1, "text", "host|host_?name|(?:node|machine|server)(?:_?name)?", "\\w+_host(?:name)?|node_?id"],
  queue: [1, "text", "queue|queue_?name|task_?queue|\\w+_queue(?:_?name)?|pool|topic|channel|tube"],
  kind: [
    0.5,
    "text",
    "kind|class(?:_?name)?|job_?(?:type|class|name)|task_?(?:type|name|kind|identifier)|identifier",
    "type|runtime|operator|worker|action|function|handler|name",
  ],
  agent: [
    0.5,
    "text",
    "agent|agent_?name",
    "agent_?(?:type|role|id|key)|assistant|profile|role|\\w+_agent(?:_?id)?",
  ],
  model: [0.5, "text", "model|model_?name|llm|llm_?model", "model_?(?:id|override)|\\w+_model"],
  task_id: [
    ...[0, "any", "task_?id|work_?item(?:_?id)?|issue_?id"],
    "(?:workflow|thread|session|flow|ticket|parent|conversation)(?:_?run)?_?id",
  ],
  log_path: [1, "text", "log_?(?:path|file|file_?path)|(?:output|stdout|transcript)_?(?:path|file)"],
  cost_usd: [
    1,
    "number",
    "cost_?usd|cost|total_?cost(?:_?usd)?|price",
    "\\w*cost(?:_?usd|_?cents)?|\\w*_price",
  ],
  input_tokens: [1, ...tokens("input|prompt", "in")],
  output_tokens: [0, ...tokens("output|completion", "out")],
  cache_read_tokens: [
    0,
    "number",
    "cache_?read_?(?:input_?)?tokens|tokens?_?cache_?read|cached_?(?:input_?|prompt_?)?tokens",
  ],
  cache_creation_tokens: [
    0,
    "number",
    "cache_?(?:write|creation)_?(?:input_?)?tokens|tokens?_?cache_?(?:write|creation|created)",
  ],
} as const;

function tokens(word: string, short: string) {
  const best = `(?:${word})_?tokens?(?:_?count)?|tokens?_?(?:${word}|${short})`;
  return ["number", best, `\\w+_(?:${word})_?tokens`] as const;
}

export type Role = keyof typeof ROLES;
export type Roles = { readonly [Name in Role]?: Column };

type Specification = readonly [weight: number, kinds: string, ...patterns: string[]];
const SPECIFICATIONS = Object.entries(ROLES) as unknown as readonly (readonly [Role, Specification])[];

export const weightOf = (role: Role): number => Number(ROLES[role][0]);
export const TIMES = SPECIFICATIONS.filter(([, [, kinds]]) => kinds === "time").map(([role]) => role);

/** Returns the roles of a table's columns. Each column has at most one role, the first that it fits best. */
export function rolesOf({ name: table, columns }: Table): Roles {
  const roles: { [Name in Role]?: Column } = {};
  const taken = new Set<Column>();
  const own = new RegExp(`^${words(table).at(-1)?.replace(/s$/, "")}s?_(?=.)`);
  for (const [role, [, kinds, ...patterns]] of SPECIFICATIONS) {
    const candidates = columns
      .filter((column) => !taken.has(column) && isOf(kinds, column))
      .map((column) => ({
        column,
        names: kinds === "time" ? timeNames(column) : [words(column.name).join("_")],
      }));
    const found = patterns
      .flatMap((pattern) => [`^(?:${pattern})$`, `^${PREFIX}(?:${pattern})$`])
      .map((pattern) => new RegExp(pattern))
      .flatMap((pattern) =>
        candidates.filter(({ names }) =>
          names.some((name) => pattern.test(name) || pattern.test(name.replace(own, ""))),
        ),
      )
      .at(0)?.column;
    if (!found) continue;
    roles[role] = found;
    taken.add(found);
  }
  return roles;
}

export function kindOf(type: string): Kind {
  if (type === "") return "any";
  if (/bool|json|xml|blob|bytea|binary|array|\[\]|vector|interval/i.test(type)) return "none";
  if (/date|time/i.test(type)) return "time";
  return /int(?!erval)|serial|num|dec|real|double|float/i.test(type) ? "number" : "text";
}

const MARK = /_(?:at|on|time|date|dttm|ts|timestamp|ms|millis|utc|epoch|unix|until|till)$/;

/** Returns the name of a time without its marker, such as `started`. Empty if the column is not a time. */
function timeNames({ name, type }: Column): readonly string[] {
  const whole = words(name).join("_");
  let left = whole.replace(/^(time|date|ts)_/, "");
  for (let before = ""; before !== left; ) [before, left] = [left, left.replace(MARK, "")];
  const joined = left.replace(/(?<=ed|start|begin|end|finish|stop|create)(at|on|time|date)$/, "");
  const isMarked = left !== whole || kindOf(type) === "time" || /^(vt|eta)$/.test(left);
  return [...(isMarked || /(ed|un|an|beat)$/.test(left) ? [left] : []), ...(joined !== left ? [joined] : [])];
}

function isOf(kinds: string, { type }: Column): boolean {
  const kind = kindOf(type);
  if (kinds === "any" || kind === "any") return true;
  return kinds === "time" ? kind !== "none" : kinds.split("|").includes(kind);
}
