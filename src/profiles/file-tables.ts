/** What a profile for files says of them in its header: which files, and which of their values, become the rows of a table. */

/** One table of rows read from files; beside its own columns it has `path`, `modified_at`, `size` and `line`. */
export interface FileTable {
  readonly name: string;
  /** Relative to the profile's folder. JSON files are a row each, those that end in .jsonl a row for each line. */
  readonly glob: string;
  /** The column by which a row that comes again replaces the one before. */
  readonly unique: string | undefined;
  /** Columns by which SELECTs look rows up. */
  readonly indexed: readonly string[];
  readonly columns: readonly FileColumn[];
}

export interface FileColumn {
  readonly name: string;
  /** The keys that lead to the value. */
  readonly keys: readonly string[];
}

const TABLE = /^--\s*table:\s*([a-z]\w*)\s+(\S+)((?:\s+(?:unique|index)\s+[a-z]\w*)*)\s*$/i;
const COLUMN = /^--\s{2,}([a-z]\w*)\s*=\s*\$((?:\.[\w-]+)+)\s*$/i;
/** Indented, unlike a key of the header. */
const FOLLOWS = /^--\s{2,}\S/;
const OWN_COLUMNS = ["id", "path", "modified_at", "size", "line"];

/** The tables that a header's lines define; `problem` receives the index of a line and what is wrong with it. */
export function fileTables(
  lines: readonly string[],
  problem: (index: number, message: string) => void,
): readonly FileTable[] {
  const tables: FileTable[] = [];
  for (const [index, line] of lines.entries()) {
    if (!/^--\s*table:/i.test(line)) continue;
    const [, name = "", glob = "", options = ""] = TABLE.exec(line) ?? [];
    const optional = (word: string) =>
      [...options.matchAll(new RegExp(`${word}\\s+(\\w+)`, "g"))].map(([, column = ""]) => column);
    const [[unique], indexed] = [optional("unique"), optional("index")];
    if (name === "")
      problem(
        index,
        "a table is `-- table: NAME GLOB`, with `unique COLUMN` and `index COLUMN` behind it if needed",
      );
    else if (/^\/|(^|\/)\.\.(\/|$)/.test(glob))
      problem(index, `"${glob}" leads out of the folder: name files below it`);
    const columns: FileColumn[] = [];
    for (let at = index + 1; FOLLOWS.test(lines[at] ?? ""); at += 1) {
      const [, column = "", path = ""] = COLUMN.exec(lines[at] as string) ?? [];
      if (column === "") problem(at, "a column is `--   NAME = $.path.of.keys`");
      else if (OWN_COLUMNS.includes(column) || columns.some((one) => one.name === column))
        problem(at, `the table has a column "${column}" already`);
      else columns.push({ name: column, keys: path.slice(1).split(".") });
    }
    for (const column of [unique ?? [], indexed].flat())
      if (!columns.some((one) => one.name === column)) problem(index, `the table has no column "${column}"`);
    if (name !== "") tables.push({ name, glob, unique, indexed, columns });
  }
  return tables;
}
