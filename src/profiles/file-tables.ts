/** Parses the header of a profile for files: which files, and which of their values, become the rows of a table. */

/** A table of rows read from files. Besides its own columns it has `path`, `modified_at`, `size` and `line`. */
export interface FileTable {
  readonly name: string;
  /** Relative to the profile's folder. A JSON file gives one row. A .jsonl file gives one row for each line. */
  readonly glob: string;
  /** The column that identifies a row: a later row replaces an earlier one with the same value. */
  readonly unique: string | undefined;
  /** Columns that SELECTs look rows up by. */
  readonly indexed: readonly string[];
  readonly columns: readonly FileColumn[];
}

export interface FileColumn {
  readonly name: string;
  /** The path of keys to the value. */
  readonly keys: readonly string[];
}

const TABLE = /^--\s*table:\s*([a-z]\w*)\s+(\S+)((?:\s+(?:unique|index)\s+[a-z]\w*)*)\s*$/i;
const COLUMN = /^--\s{2,}([a-z]\w*)\s*=\s*\$((?:\.[\w-]+)+)\s*$/i;
/** A column line is indented, unlike a header key. */
const FOLLOWS = /^--\s{2,}\S/;
const OWN_COLUMNS = ["id", "path", "modified_at", "size", "line"];

/** Returns the tables that the header lines define. Calls `problem` with the index of a line and its error. */
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
        "invalid table: use `-- table: NAME GLOB`, followed by `unique COLUMN` and `index COLUMN` if needed",
      );
    else if (/^\/|(^|\/)\.\.(\/|$)/.test(glob))
      problem(index, `"${glob}" is outside the folder: use a path inside it`);
    const columns: FileColumn[] = [];
    for (let at = index + 1; FOLLOWS.test(lines[at] ?? ""); at += 1) {
      const [, column = "", path = ""] = COLUMN.exec(lines[at] as string) ?? [];
      if (column === "") problem(at, "invalid column: use `--   NAME = $.path.of.keys`");
      else if (OWN_COLUMNS.includes(column) || columns.some((one) => one.name === column))
        problem(at, `duplicate column "${column}"`);
      else columns.push({ name: column, keys: path.slice(1).split(".") });
    }
    for (const column of [unique ?? [], indexed].flat())
      if (!columns.some((one) => one.name === column)) problem(index, `the table has no column "${column}"`);
    if (name !== "") tables.push({ name, glob, unique, indexed, columns });
  }
  return tables;
}
