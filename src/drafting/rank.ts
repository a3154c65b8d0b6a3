/** Ranks tables by how likely they are to hold the jobs or runs of an orchestrator. */
import { type Catalog, growingKey, type Table } from "./catalog.ts";
import { type Role, type Roles, rolesOf, weightOf } from "./roles.ts";
import { guessed, words } from "./words.ts";

export interface Ranked {
  readonly table: Table;
  readonly roles: Roles;
  readonly score: number;
}

/** Added for a pid in a table with a start and end or a status. A process that serves many jobs is not a run. */
const OWN_PID = 3;

/** What the rows of a table represent, from the last word of its name. */
const LIKELY =
  /^(job|run|task|execution|turn|invocation|build|work|attempt|queue|instance|session|delegation)s?$/;
/** Words that say nothing about the rows. */
const PADDING = /^(entity|table|tbl|record|row|data|model)$/;
/** Words for tables that accompany jobs and runs. */
const UNLIKELY =
  /^(cron|schedule|scheduled|batch|batche|event|log|history|archive|archived|definition|template|config|setting|dependency|dependencie|trigger|delivery|deliverie|notification|webhook|audit|lock|tag|label|metric|type|limit|receipt|link|edge|note|comment|recurring|periodic|todo|migration|user|account|approval|subscription|permission|secret|plan|artifact|usage|breaker|gate|item|node|step|heartbeat|order|payment|invoice|customer|product|message)s?$/;

/** Number of tables, the best by name, of which some rows are read. */
const LOOKED_AT = 8;

/** Returns the tables, best first. Of equally good ones, the table with fewer columns comes first, since more of them match. */
export async function rankTables(catalog: Catalog): Promise<readonly Ranked[]> {
  const byName = catalog.tables
    .map((table) => {
      const roles = rolesOf(table);
      return { table, roles, score: scoreOf(table, roles) };
    })
    .toSorted(byScore);
  const looked = byName.slice(0, LOOKED_AT).map(async (ranked) => {
    const { table, roles } = ranked;
    // Reading one row of a view may scan all of its tables.
    if (table.isView) return ranked;
    const statuses = roles.status && (await catalog.words(table, roles.status));
    const rows = await catalog.countedRows(table);
    return { ...ranked, score: ranked.score + evidence(statuses ?? [], rows) };
  });
  return [...(await Promise.all(looked)).toSorted(byScore), ...byName.slice(LOOKED_AT)];
}

/** Scores a table's rows: by the number of distinct statuses that their words mean, and by the number of rows. */
function evidence(statuses: readonly unknown[], rows: number): number {
  const known = new Set(statuses.map((word) => guessed(word).status).filter((status) => status !== "other"));
  return Math.min(known.size, 3) + (known.has("running") ? 1 : 0) + Math.log10(rows + 1);
}

const byScore = (a: Ranked, b: Ranked): number =>
  b.score - a.score || a.table.columns.length - b.table.columns.length;

function scoreOf(table: Table, roles: Roles): number {
  const found = Object.keys(roles) as Role[];
  const sum = found.reduce((total, role) => total + weightOf(role), 0);
  if (sum === 0) return 0;
  const { status, started_at, finished_at, attempts, available_at } = roles;
  const lives = status || (started_at && (finished_at || attempts || available_at));
  const parts = words(table.name).filter((word) => !PADDING.test(word));
  const about = (pattern: RegExp) => parts.filter((word) => pattern.test(word)).length;
  return (
    sum +
    (roles.pid && lives ? OWN_PID : 0) +
    (LIKELY.test(parts.at(-1) ?? "") ? 1 : 0) +
    Math.min(about(LIKELY), 2) +
    (growingKey(table) ? 0.5 : 0) -
    2 * about(UNLIKELY) -
    (lives ? 0 : 2) -
    (table.isView ? 1 : 0)
  );
}

/** Returns the names of the columns that contributed to the score, in the table's order. */
export function reason({ table, roles }: Ranked): string {
  const counted = Object.entries(roles).filter(([role]) => weightOf(role as Role) > 0);
  const columns = new Set(counted.map(([, column]) => column));
  return table.columns
    .filter((column) => columns.has(column))
    .map(({ name }) => name)
    .join(", ");
}
