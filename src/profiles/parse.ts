/**
 * Parses a profile's text. `-- name: <section>` begins a section, as in yesql, aiosql and sqlc, so that the file
 * opens in any SQL editor. All problems are listed. Sections without a problem stay usable.
 */
import { SECTION_NAMES, type SectionName, STATUSES } from "./contract.ts";
import { fileTables } from "./file-tables.ts";
import type { Profile, ProfileProblem, ProfileSection, SqlDialect } from "./profile.ts";

const SECTION = /^\s*--\s*name:\s*(.*?)\s*$/i;
/** In a section: the name of the database that it reads. */
const DATABASE = /^\s*--\s*database:\s*(\S+)\s*$/im;
const HEADER = /^--\s*([\w-]+):\s*(.*?)\s*$/;

const DIALECTS: readonly string[] = ["sqlite", "postgresql", "files"] satisfies SqlDialect[];
const HEADER_KEYS = "dialect system versions timezone folder table unreported-statuses terminal-stages".split(
  " ",
);

/** Misspelt keys, which would otherwise pass as comments and change the meaning of the results. */
const MISTAKABLE = [
  { like: /^unreported/, key: "unreported-statuses" },
  { like: /^terminal/, key: "terminal-stages" },
  { like: /^(tz|time[-_]?zone)/, key: "timezone" },
] as const;

/** Pairs of sections that report the same: one as totals, the other row by row. */
const ALTERNATIVES: readonly (readonly [SectionName, SectionName])[] = [
  ["queue_counts", "jobs"],
  ["queue_retries", "jobs"],
  ["queue_ages", "jobs"],
  ["queue_running", "jobs"],
  ["job_history", "jobs"],
  ["queue_counts", "job_history"],
  ["queue_retries", "job_history"],
  ["cost", "run_history"],
];

/** Never throws. `name` is the profile's display name. */
export function parseProfile(name: string, text: string): Profile {
  const problems: ProfileProblem[] = [];
  const note: Note = (line, message, section, column) => problems.push({ line, section, column, message });
  // Some editors write a byte order mark at the start of a file.
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const starts = [...lines.keys()].filter((index) => SECTION.test(lines[index] as string));
  const header = readHeader(lines.slice(0, starts[0] ?? lines.length), note);
  const sections: { [Name in SectionName]?: ProfileSection } = {};
  for (const [order, start] of starts.entries()) {
    const section = SECTION.exec(lines[start] as string)?.[1] ?? "";
    const problem = (message: string) => note(start + 1, message, section);
    const sql = withoutSemicolon(lines.slice(start + 1, starts[order + 1] ?? lines.length).join("\n"));
    if (!isSectionName(section)) problem(`unknown section: use ${SECTION_NAMES.join(", ")}`);
    else if (sections[section]) problem(`duplicate section, first defined at line ${sections[section].line}`);
    else if (isBlank(sql)) problem("the section is empty: add a SELECT, or remove the section");
    else {
      const [, database] = DATABASE.exec(sql) ?? [];
      sections[section] = { sql, line: start + 1, ...(database !== undefined && { database }) };
    }
  }
  for (const [sums, rows] of ALTERNATIVES) {
    const section = sections[sums];
    if (!section || !sections[rows]) continue;
    note(section.line, `the section duplicates ${rows}: remove one of them`, sums);
  }
  if (text.includes("\0")) note(1, "the file is not UTF-8 text: save it as UTF-8");
  else if (starts.length === 0)
    note(1, "the file has no section: begin each SELECT with a line `-- name: <section>`");
  return { name, ...header, sections, problems: problems.toSorted((a, b) => a.line - b.line) };
}

type Note = (line: number, message: string, section?: string, column?: string) => void;

function readHeader(lines: readonly string[], note: Note) {
  const values = new Map<string, string>();
  const problem = (index: number, message: string, column?: string) =>
    note(index + 1, message, undefined, column);
  for (const [index, line] of lines.entries()) {
    if (line.trim() !== "" && !line.startsWith("--")) {
      problem(index, "SQL before the first section: begin it with a line `-- name: <section>`");
      break;
    }
    const [, written = "", value = ""] = HEADER.exec(line) ?? [];
    const key = written.toLowerCase();
    if (!HEADER_KEYS.includes(key)) {
      const meant = MISTAKABLE.find(({ like }) => like.test(key));
      if (meant) problem(index, `unknown header key "${written}" (did you mean "${meant.key}"?)`);
      continue;
    }
    if (values.has(key) && key !== "table") problem(index, `duplicate header key "${key}"`);
    values.set(key, value);
    for (const dialect of key === "dialect" ? value.split(/\s*,\s*/) : []) {
      if (!DIALECTS.includes(dialect))
        problem(index, `unknown dialect "${dialect}": use ${DIALECTS.join(", ")}`);
    }
    if (key === "timezone" && !isTimezone(value))
      problem(index, `unknown time zone "${value}": use a name such as Europe/Berlin`, key);
    for (const status of key === "unreported-statuses" ? listOf(value) : []) {
      if (!STATUSES.some((known) => known === status))
        problem(index, `unknown job status "${status}": use ${STATUSES.join(", ")}`);
    }
  }
  if (!values.has("dialect"))
    problem(0, `the header has no dialect: add \`-- dialect: ${DIALECTS.join("|")}\``);
  const known = listOf(values.get("dialect")).filter((one): one is SqlDialect => DIALECTS.includes(one));
  const [dialect = "sqlite"] = known;
  const tables = fileTables(lines, problem);
  if (dialect === "files" && !(values.has("table") && values.has("folder")))
    problem(
      0,
      "a profile for files needs a folder (`-- folder: ~/.agent`) and tables (`-- table: NAME GLOB`)",
    );
  return {
    dialect,
    dialects: [...new Set([dialect, ...known])],
    system: values.get("system") ?? "",
    versions: values.get("versions") ?? "",
    timezone: values.get("timezone") ?? "UTC",
    unreportedStatuses: listOf(values.get("unreported-statuses")),
    terminalStages: listOf(values.get("terminal-stages")),
    folders: listOf(values.get("folder")),
    tables,
  };
}

/** Rejects offsets such as `+02:00`: they have no daylight saving time, and databases interpret them differently. */
function isTimezone(name: string): boolean {
  try {
    return /^[a-z]/i.test(name) && new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

function isSectionName(name: string): name is SectionName {
  return SECTION_NAMES.some((known) => known === name);
}

function listOf(text = ""): readonly string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

/** Removes one at the end, which is common. The database refuses any other. */
function withoutSemicolon(sql: string): string {
  return sql.replace(/;\s*(?:--[^\n]*(?:\n\s*|$))*$/, "").trimEnd();
}

function isBlank(sql: string): boolean {
  return sql.split("\n").every((line) => line.trim() === "" || line.trim().startsWith("--"));
}
