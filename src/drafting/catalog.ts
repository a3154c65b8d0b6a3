/** The tables of a database, and a bounded sample of their rows. Runs single SELECTs, and changes nothing. */
import type { SqlDialect } from "../profiles/profile.ts";
import type { TableRepository } from "../repositories/repository.ts";
import { SourceError } from "../repositories/source-failure.ts";
import type { Cells } from "../repositories/sql/columns.ts";
import type { Value } from "../repositories/sql/statements.ts";
import { isWord } from "./words.ts";

export interface Column {
  readonly name: string;
  /** The declared type. May be empty. */
  readonly type: string;
  readonly isNotNull: boolean;
  readonly hasDefault: boolean;
  /** The position in the key, from 1. 0 if the column is not part of it. */
  readonly key: number;
}

export interface Table {
  /** The display name, with the schema only if it is needed. */
  readonly name: string;
  /** The quoted name. */
  readonly sql: string;
  readonly isView: boolean;
  /** Columns in the order of an index. Empty if none is known. */
  readonly order: readonly string[];
  readonly columns: readonly Column[];
  /** The columns of the key, in its order. */
  readonly keys: readonly Column[];
}

/** Number of rows sampled at each end of a table. */
const LOOKED_AT = 5_000;
const MOST_TIMES = 500;
/** A column with more distinct words is not a status. */
const MOST_WORDS = 30;

const SQLITE_TABLES = `
  SELECT l.name AS "table", NULL AS schema, l.type = 'view' AS is_view, l.wr = 0 AND l.type = 'table' AS has_rowid,
    x.name AS name, x.type AS type, x."notnull" AS not_null, x.dflt_value IS NOT NULL AS has_default, x.pk AS key
  FROM pragma_table_list AS l JOIN pragma_table_xinfo(l.name, l.schema) AS x
  WHERE l.schema = 'main' AND l.type = ? AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND x.hidden <> 1
  ORDER BY l.name, x.cid`;

/** The key of a table is its primary key, otherwise the unique index with the fewest columns. */
const POSTGRESQL_TABLES = `
  SELECT relname::text AS "table", CASE WHEN NOT pg_catalog.pg_table_is_visible(c.oid) THEN nspname::text END AS schema,
    relkind IN ('v', 'm') AS is_view, FALSE AS has_rowid, attname::text AS name,
    pg_catalog.format_type(atttypid, NULL) AS type, attnotnull AS not_null, atthasdef AS has_default,
    coalesce(array_position(unique_key::int2[], attnum) + 1, 0) AS key
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = relnamespace
    JOIN pg_catalog.pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN LATERAL (SELECT indkey AS unique_key FROM pg_catalog.pg_index
      WHERE indrelid = c.oid AND indisunique AND indpred IS NULL AND indexprs IS NULL
      ORDER BY indisprimary DESC, indnatts LIMIT 1) AS i ON TRUE
  WHERE relkind::text = ANY ($1::text[]) AND NOT relispartition AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
  ORDER BY nspname, relname, attnum`;

const SQLITE_CHECKS = "SELECT sql AS text FROM sqlite_schema WHERE type = 'table' AND name = ?";
/** The labels of an enum, and CHECK constraints of the column alone. */
const POSTGRESQL_CHECKS = `
  SELECT string_agg(pg_catalog.quote_literal(enumlabel), ',') AS text FROM pg_catalog.pg_attribute
    JOIN pg_catalog.pg_enum ON enumtypid = atttypid WHERE attrelid = $1::regclass AND attname = $2
  UNION ALL SELECT pg_catalog.pg_get_constraintdef(pg_constraint.oid) FROM pg_catalog.pg_constraint
    JOIN pg_catalog.pg_attribute ON attrelid = conrelid AND conkey = ARRAY[attnum]
    WHERE conrelid = $1::regclass AND attname = $2 AND contype = 'c'`;

export interface Catalog {
  readonly dialect: SqlDialect;
  readonly tables: readonly Table[];
  /** Resolves with the distinct words of a status column, or undefined if there are too many or some are not words. */
  words(table: Table, column: Column): Promise<readonly (string | number | null)[] | undefined>;
  /** Resolves with the number of rows, at most 1,000. */
  countedRows(table: Table): Promise<number>;
  /** Resolves with some values of these columns that are not NULL, for inspection only. They must not be shown. */
  values(table: Table, columns: readonly Column[]): Promise<ReadonlyMap<Column, readonly unknown[]>>;
}

/** Throws SourceError if the database cannot be read. */
export async function readCatalog(
  repository: Pick<TableRepository, "select">,
  dialect: SqlDialect,
): Promise<Catalog> {
  const isSqlite = dialect === "sqlite";
  async function rows(sql: string, ...values: readonly Value[]): Promise<readonly Cells[]> {
    const reading = await repository.select({ sql, values });
    if (!reading.ok) throw new SourceError(reading.failure);
    return reading.value;
  }
  /** Treats what takes too long or cannot be read as unknown. */
  const rowsOrNone = (sql: string, ...values: readonly Value[]) => rows(sql, ...values).catch(() => []);
  const tables = await rows(isSqlite ? SQLITE_TABLES : POSTGRESQL_TABLES, isSqlite ? "table" : "{r,p,f}");
  // One broken view in SQLite makes the whole list fail.
  const views = await rowsOrNone(isSqlite ? SQLITE_TABLES : POSTGRESQL_TABLES, isSqlite ? "view" : "{v,m}");
  const all = [
    ...Map.groupBy([...tables, ...views], ({ schema, table }) => JSON.stringify([schema, table])).values(),
  ];

  /** Selects the rows at both ends. For a table without an order, any rows. */
  function ends({ sql, order }: Table, columns: readonly string[], limit: number): string {
    const end = (by: string) =>
      `SELECT * FROM (SELECT ${columns.join(", ")} FROM ${sql}${by} LIMIT ${limit})`;
    const by = (direction: string) => ` ORDER BY ${order.map((one) => `${one} ${direction}`).join(", ")}`;
    return order.length === 0
      ? `${end("")} AS a`
      : `${end(by("ASC"))} AS a UNION ALL ${end(by("DESC"))} AS b`;
  }

  return {
    dialect,
    tables: all.map((columns) => tableOf(columns, dialect)).filter(({ columns }) => columns.length > 0),
    async words(table, { name }) {
      const column = `${identifier(name, dialect)} AS word`;
      const [found, checks] = [
        await rowsOrNone(
          `SELECT DISTINCT word FROM (${ends(table, [column], LOOKED_AT)}) AS w LIMIT ${MOST_WORDS + 2}`,
        ),
        await rowsOrNone(
          isSqlite ? SQLITE_CHECKS : POSTGRESQL_CHECKS,
          ...(isSqlite ? [table.name] : [table.sql, name]),
        ),
      ];
      const listed = checks.flatMap(({ text }) => literals(String(text ?? ""), isSqlite ? name : undefined));
      const all = new Set([...listed, ...found.map(({ word }) => word)]);
      const isAccepted = (word: unknown) => word === null || isWord(word);
      return all.size <= MOST_WORDS + 1 && [...all].every(isAccepted)
        ? ([...all] as (string | number | null)[])
        : undefined;
    },
    async countedRows({ sql }) {
      const [row] = await rowsOrNone(
        `SELECT count(*) AS rows FROM (SELECT 1 AS one FROM ${sql} LIMIT 1000) AS t`,
      );
      return Number(row?.rows ?? 0);
    },
    async values(table, columns) {
      const named = columns.map(({ name }, index) => `${identifier(name, dialect)} AS v${index}`);
      const found = columns.length === 0 ? [] : await rowsOrNone(ends(table, named, MOST_TIMES));
      return new Map(
        columns.map((column, index) => [
          column,
          found.map((row) => row[`v${index}`]).filter((value) => value !== null),
        ]),
      );
    },
  };
}

/** Returns no columns if the table's name, or every column's name, cannot be written in a line of a profile. */
function tableOf(rows: readonly Cells[], dialect: SqlDialect): Table {
  const [{ schema, table, is_view, has_rowid } = {}] = rows;
  const parts = [schema, table].filter((part) => part !== null).map(String);
  const columns = rows
    .map((row) => ({
      name: String(row.name),
      type: String(row.type ?? ""),
      isNotNull: Boolean(row.not_null) || (Boolean(row.key) && dialect === "postgresql"),
      hasDefault: Boolean(row.has_default),
      key: Number(row.key),
    }))
    .filter(({ name }) => isLine(name));
  const keys = columns.filter(({ key }) => key > 0).toSorted((a, b) => a.key - b.key);
  return {
    name: parts.join("."),
    sql: parts.map((part) => identifier(part, dialect)).join("."),
    isView: Boolean(is_view),
    order: has_rowid ? ["_rowid_"] : keys.map(({ name }) => identifier(name, dialect)),
    columns: parts.every(isLine) ? columns : [],
    keys,
  };
}

/** Returns the columns that identify a row. A table whose key has several columns often has an ID column too. */
export function keyOf({ columns, keys }: Table): readonly Column[] {
  const own = columns.filter(({ name }) => /^(id|uuid)$/i.test(name));
  return keys.length === 1 || own.length === 0 ? keys : own;
}

/** Returns the key if it is a single whole number with an index, which probably only grows. */
export function growingKey({ keys }: Table): Column | undefined {
  const [key, ...others] = keys;
  return key && others.length === 0 && /int|serial/i.test(key.type) ? key : undefined;
}

/** A profile ends a line at a line break, and a section at a semicolon before a comment, even inside quotes. */
function isLine(name: string): boolean {
  return !/\p{C}|\p{Zl}|\p{Zp}|;\s*--/u.test(name);
}

/** Quotes a name unless it is certainly not a keyword in either database. */
export function identifier(name: string, dialect: SqlDialect): string {
  const isPlain =
    /^(?!current_|session_user|system_user)[a-z][a-z\d]*(_[a-z\d]+)+$/.test(name) ||
    /^(id|uuid|status|state|phase|pid|host|hostname|queue|kind|attempts?|retries|model|agent|cost|name|type|title|created|started|stopped|finished|ended|jobs?|tasks?|runs?|sessions?)$/.test(
      name,
    ) ||
    (dialect === "sqlite" && /^(?!(not|is)Null$)[a-z][a-z\d]*([A-Z][a-z\d]*)+$/.test(name));
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Returns the words in a CHECK. With `column`, only those that the column is compared with in a table's definition. */
function literals(text: string, column?: string): readonly string[] {
  const name = column?.replace(/[^\w]/g, ".");
  const lists = column
    ? [...text.matchAll(new RegExp(`\\b${name}\\W?\\s+IN\\s*\\(([^)]*)\\)`, "gi"))].map(
        ([, list]) => list ?? "",
      )
    : [text];
  return lists
    .flatMap((list) => [...list.matchAll(/'([^']*)'/g)].map(([, word]) => word ?? ""))
    .filter(isWord);
}
