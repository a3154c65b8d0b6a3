/** The few words in which the databases differ. */
export interface Dialect {
  /** The placeholder of the n-th value of a statement, from 1. */
  readonly value: (index: number) => string;
  /** A condition that holds where the column is of none of these kinds; types by `typeof()`. */
  readonly mistyped: (column: string, wanted: "whole" | "number") => string;
}

export const SQLITE: Dialect = {
  value: () => "?",
  mistyped: (column, wanted) =>
    `typeof(${column}) NOT IN (${wanted === "whole" ? "'integer', 'null'" : "'integer', 'real', 'null'"})`,
};

/** Columns have types there, which are checked once. */
export const POSTGRESQL: Dialect = {
  value: (index) => `$${index}`,
  mistyped: () => "FALSE",
};
