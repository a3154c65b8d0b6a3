/**
 * From a profile's text to its parts. `-- name: <section>` begins a section, as in yesql, aiosql and sqlc, so that
 * the file opens in any SQL editor. Every problem is listed; sections without one stay usable.
 */
import { SECTION_NAMES, type SectionName, STATUSES } from "./contract.ts";
import type { Profile, ProfileProblem, ProfileSection, SqlDialect } from "./profile.ts";

const SECTION = /^\s*--\s*name:\s*(.*?)\s*$/i;
const HEADER = /^--\s*([\w-]+):\s*(.*?)\s*$/;

const DIALECTS: readonly string[] = ["sqlite", "postgresql"] satisfies SqlDialect[];
const HEADER_KEYS = "dialect system versions timezone unreported-statuses terminal-stages".split(" ");

/** What would be taken for a comment, and change what the answers mean. */
const MISTAKABLE = [
  { like: /^(unreported|untold)/, key: "unreported-statuses" },
  { like: /^terminal/, key: "terminal-stages" },
  { like: /^(tz|time[-_]?zone)/, key: "timezone" },
] as const;

/** Sections that say the same, once in sums and once row by row. */
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

/** Never throws; the name is what people call it by. */
export function parseProfile(name: string, text: string): Profile {
  const problems: ProfileProblem[] = [];
  const note: Note = (line, message, section, column) => problems.push({ line, section, column, message });
  // Some editors begin a file with a byte order mark.
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const starts = [...lines.keys()].filter((index) => SECTION.test(lines[index] as string));
  const header = readHeader(lines.slice(0, starts[0] ?? lines.length), note);
  const sections: { [Name in SectionName]?: ProfileSection } = {};
  for (const [order, start] of starts.entries()) {
    const section = SECTION.exec(lines[start] as string)?.[1] ?? "";
    const problem = (message: string) => note(start + 1, message, section);
    const sql = withoutSemicolon(lines.slice(start + 1, starts[order + 1] ?? lines.length).join("\n"));
    if (!isSectionName(section)) problem(`there is no such section; there are ${SECTION_NAMES.join(", ")}`);
    else if (sections[section])
      problem(`the section is there twice, first at line ${sections[section].line}`);
    else if (isBlank(sql)) problem("the section is empty: give a SELECT, or take the section out");
    else sections[section] = { sql, line: start + 1 };
  }
  for (const [sums, rows] of ALTERNATIVES) {
    const section = sections[sums];
    if (!section || !sections[rows]) continue;
    note(section.line, `the section says what ${rows} says too: take one of them out`, sums);
  }
  if (starts.length === 0)
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
    // The key's first name is still read.
    const key = written.toLowerCase().replace(/^untold-statuses$/, "unreported-statuses");
    if (!HEADER_KEYS.includes(key)) {
      const meant = MISTAKABLE.find(({ like }) => like.test(key));
      if (meant) problem(index, `"${written}" is no key of the header: write ${meant.key}`);
      continue;
    }
    if (values.has(key)) problem(index, `the header has ${key} twice`);
    values.set(key, value);
    for (const dialect of key === "dialect" ? value.split(/\s*,\s*/) : []) {
      if (!DIALECTS.includes(dialect))
        problem(index, `"${dialect}" is no dialect; there are ${DIALECTS.join(", ")}`);
    }
    if (key === "timezone" && !isTimezone(value))
      problem(index, `unknown time zone "${value}": write a name such as Europe/Berlin`, key);
    for (const status of key === "unreported-statuses" ? listOf(value) : []) {
      if (!STATUSES.some((known) => known === status))
        problem(index, `"${status}" is no job status; there are ${STATUSES.join(", ")}`);
    }
  }
  if (!values.has("dialect"))
    problem(0, `the header has no dialect: add \`-- dialect: ${DIALECTS.join("|")}\``);
  const known = listOf(values.get("dialect")).filter((one): one is SqlDialect => DIALECTS.includes(one));
  const [dialect = "sqlite"] = known;
  return {
    dialect,
    dialects: [...new Set([dialect, ...known])],
    system: values.get("system") ?? "",
    versions: values.get("versions") ?? "",
    timezone: values.get("timezone") ?? "UTC",
    unreportedStatuses: listOf(values.get("unreported-statuses")),
    terminalStages: listOf(values.get("terminal-stages")),
  };
}

/** An offset such as `+02:00` is none: it knows no summer, and each database takes it in another way. */
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

/** One at the end, as people write it; any other is left for the database to refuse. */
function withoutSemicolon(sql: string): string {
  return sql.replace(/;\s*(?:--[^\n]*\s*)*$/, "").trimEnd();
}

function isBlank(sql: string): boolean {
  return sql.split("\n").every((line) => line.trim() === "" || line.trim().startsWith("--"));
}
