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

/** SQLite reserves names that begin with `sqlite_`. */
const TABLE = /^--\s*table:\s*((?!sqlite_)[a-z]\w*)\s+(\S+)((?:\s+(?:unique|index)\s+[a-z]\w*)*)\s*$/i;
const COLUMN = /^--\s{2,}([a-z]\w*)\s*=\s*\$((?:\.[\w-]+)+)\s*$/i;
/** A column line is indented, unlike a header key. */
const FOLLOWS = /^--\s{2,}\S/;
const OWN_COLUMNS = ["id", "path", "modified_at", "size", "line"];

/**
 * Returns the tables that the header lines define without an error, with names in lower case, since SQLite ignores case.
 * Calls `problem` with the index of a line and its error.
 */
export function fileTables(
  lines: readonly string[],
  problem: (index: number, message: string) => void,
): readonly FileTable[] {
  const tables: FileTable[] = [];
  for (const [index, line] of lines.entries()) {
    if (!/^--\s*table:/i.test(line)) continue;
    let isValid = true;
    const wrong = (at: number, message: string) => {
      isValid = false;
      problem(at, message);
    };
    const [, written = "", glob = "", options = ""] = TABLE.exec(line) ?? [];
    const name = written.toLowerCase();
    const optional = (word: string) =>
      [...options.toLowerCase().matchAll(new RegExp(`${word}\\s+(\\w+)`, "g"))].map(
        ([, column = ""]) => column,
      );
    const [[unique], indexed] = [optional("unique"), optional("index")];
    if (name === "")
      wrong(
        index,
        "invalid table: use `-- table: NAME GLOB`, followed by `unique COLUMN` and `index COLUMN` if needed",
      );
    else if (/^\/|\.\./.test(glob)) wrong(index, `"${glob}" is outside the folder: use a path inside it`);
    else if (tables.some((one) => one.name === name)) wrong(index, `duplicate table "${name}"`);
    else if (!FOLLOWS.test(lines[index + 1] ?? ""))
      wrong(index, "the table has no column: add a line `--   NAME = $.path.of.keys` below");
    const columns: FileColumn[] = [];
    for (let at = index + 1; FOLLOWS.test(lines[at] ?? ""); at += 1) {
      const [, title = "", path = ""] = COLUMN.exec(lines[at] as string) ?? [];
      const column = title.toLowerCase();
      if (column === "") wrong(at, "invalid column: use `--   NAME = $.path.of.keys`");
      else if (OWN_COLUMNS.includes(column) || columns.some((one) => one.name === column))
        wrong(at, `duplicate column "${column}"`);
      else columns.push({ name: column, keys: path.slice(1).split(".") });
    }
    for (const column of [unique ?? [], indexed].flat())
      if (!columns.some((one) => one.name === column)) wrong(index, `the table has no column "${column}"`);
    if (isValid) tables.push({ name, glob, unique, indexed, columns });
  }
  return tables;
}
