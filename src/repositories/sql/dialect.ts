/** The few words in which the databases differ. */
import { LONGEST_NAME_BYTES, LONGEST_TITLE_CHARACTERS } from "./result-size.ts";

export interface Dialect {
  /** The placeholder of the n-th value of a statement, from 1. */
  readonly value: (index: number) => string;
  /** A condition that holds where the column is of none of these kinds; types by `typeof()`. */
  readonly mistyped: (column: string, wanted: "whole" | "number") => string;
  /** A text column, or of one that is too long something short that `columns.ts` refuses. */
  readonly name: (column: string) => string;
  /** A text column, cut one character behind the longest. */
  readonly title: (column: string) => string;
}

/** Stands for a name that is too long: of another type, since SQLite's functions end a text at its first NUL. */
export const OVERLONG_NAME = Buffer.from("overlong");

/** `octet_length` does not load what it measures, and leaves every other type as it is: sqlite.org/lang_corefunc.html. */
export const SQLITE: Dialect = {
  value: () => "?",
  mistyped: (column, wanted) =>
    `typeof(${column}) NOT IN (${wanted === "whole" ? "'integer', 'null'" : "'integer', 'real', 'null'"})`,
  name: (column) =>
    `iif(octet_length(${column}) > ${LONGEST_NAME_BYTES}, x'${OVERLONG_NAME.toString("hex")}', ${column})`,
  title: (column) =>
    `iif(octet_length(${column}) > ${LONGEST_TITLE_CHARACTERS}, substr(${column}, 1, ${LONGEST_TITLE_CHARACTERS + 1}), ${column})`,
};

/** Columns have types there, which are checked once. */
export const POSTGRESQL: Dialect = {
  value: (index) => `$${index}`,
  mistyped: () => "FALSE",
  name: (column) => `left(${column}::text, ${LONGEST_NAME_BYTES + 1})`,
  title: (column) => `left(${column}::text, ${LONGEST_TITLE_CHARACTERS + 1})`,
};
