/** Derives whether a row is queued, running or finished: from the words of a status column, or from which times are set. */
import { STATUSES } from "../profiles/contract.ts";
import type { SqlDialect } from "../profiles/profile.ts";
import { type Column, identifier } from "./catalog.ts";
import type { Roles } from "./roles.ts";
import { guessed } from "./words.ts";

export interface States {
  /** An expression of the contract's status, over several lines. */
  readonly status: string;
  /** Conditions. `open` selects rows that may still change, and is never NULL. */
  readonly running: string;
  readonly open: string;
  readonly doubts: readonly string[];
  /** Statuses that no row has or can have. */
  readonly missing: readonly string[];
}

export type Word = string | number | null;

const [OVER, KNOWN] = [["done", "failed", "cancelled"], STATUSES.filter((status) => status !== "other")];

/** Uses the contract's own words if the column has none yet. */
export function statesByWords(column: Column, words: readonly Word[], dialect: SqlDialect): States {
  const sql = identifier(column.name, dialect);
  const shown = words.filter((word) => word !== null);
  const guesses = (shown.length > 0 ? shown : KNOWN).map((word) => ({
    word: typeof word === "number" ? String(word) : `'${word.replaceAll("'", "''")}'`,
    ...guessed(word),
  }));
  const among = (statuses: readonly string[]) => guesses.filter(({ status }) => statuses.includes(status));
  const condition = (statuses: readonly string[]) => {
    const found = among(statuses).map(({ word }) => word);
    return found.length === 0
      ? "FALSE"
      : found.length === 1
        ? `${sql} = ${found[0]}`
        : `${sql} IN (${found.join(", ")})`;
  };
  const isUnsure = (isSure: boolean) => (isSure && shown.length > 0 ? "" : " -- unsure");
  const cases = among(KNOWN).map(
    ({ word, status, isSure }) => `    WHEN ${word} THEN '${status}'${isUnsure(isSure)}`,
  );
  const others = among(["other"]).map(({ word }) => word);
  const open = condition(STATUSES.filter((status) => !OVER.includes(status)));
  const nulls = words.includes(null) ? `OR ${sql} IS NULL` : `AND ${sql} IS NOT NULL`;
  return {
    status: cases.length === 0 ? "'other'" : `CASE ${sql}\n${cases.join("\n")}\n    ELSE 'other' END`,
    running: condition(["running"]),
    open: column.isNotNull || open === "FALSE" ? open : `(${open} ${nulls})`,
    doubts: [
      ...(shown.length > 0 ? [] : [`no row has a word in ${sql} yet`]),
      ...(others.length > 0 ? [`${sql}: ${others.join(", ")} counts as other`] : []),
      ...(words.includes(null) ? [`${sql} is NULL in some rows, which count as other`] : []),
    ],
    missing: KNOWN.filter((status) => among([status]).length === 0),
  };
}

export function statesByColumns(roles: Roles, dialect: SqlDialect): States {
  const sqlOf = (column: Column) => identifier(column.name, dialect);
  const { started_at: started } = roles;
  const ends = (["failed_at", "cancelled_at", "finished_at"] as const).flatMap((role) => {
    const column = roles[role];
    return column
      ? [{ status: role === "finished_at" ? "done" : role.replace("_at", ""), sql: sqlOf(column) }]
      : [];
  });
  const isStarted = started && !started.isNotNull && `${sqlOf(started)} IS NOT NULL`;
  const isOpen = ends.map(({ sql }) => `${sql} IS NULL`);
  // A start that is never NULL is set in every row.
  const steps = [
    ...ends.map(({ status, sql }) => [`${sql} IS NOT NULL`, status]),
    ...(isStarted ? [[isStarted, "running"]] : []),
  ];
  const first = started?.isNotNull ? "running" : "queued";
  const cases = steps.map(([condition, status]) => `    WHEN ${condition} THEN '${status}'`);
  const known = [first, ...steps.map(([, status]) => status)];
  return {
    status: `CASE -- unsure\n${cases.join("\n")}\n    ELSE '${first}' END`,
    running: [...(isStarted ? [isStarted] : started ? [] : ["FALSE"]), ...isOpen].join(" AND "),
    open: isOpen.join(" AND ") || "TRUE",
    doubts: [],
    missing: KNOWN.filter((status) => !known.includes(status)),
  };
}
