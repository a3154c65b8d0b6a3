/** When a row is queued, running or over: by the words of a status column, or by which of its times are there. */
import type { SqlDialect } from "../profiles/profile.ts";
import { type Column, identifier } from "./catalog.ts";
import { kindOf } from "./roles.ts";
import { type Guess, guessed } from "./words.ts";

export interface States {
  readonly queued: string;
  readonly running: string;
  /** It may still change; never NULL. */
  readonly open: string;
  /** The contract's status, over several lines. */
  readonly status: string;
  /** The source's own word; NULL if it has none. */
  readonly native: string;
  readonly doubts: readonly string[];
  /** Statuses that no row has. */
  readonly unseen: readonly string[];
}

type Word = string | number | null;

const ALL = ["queued", "running", "done", "failed", "cancelled"] as const;
const OVER: readonly string[] = ["done", "failed", "cancelled"];

/** `words` is undefined if the column's are not known. */
export function statesByWords(column: Column, words: readonly Word[], dialect: SqlDialect): States {
  const sql = identifier(column.name, dialect);
  const isKnown = words.some((word) => word !== null);
  const known: readonly (string | number)[] = isKnown ? words.filter((word) => word !== null) : ALL;
  const guesses = known.map((word) => ({ word, ...guessed(word) }));
  const having = (isMeant: (status: Guess["status"]) => boolean) => {
    const found = guesses.filter(({ status }) => isMeant(status)).map(({ word }) => literal(word));
    return found.length === 0
      ? "FALSE"
      : found.length === 1
        ? `${sql} = ${found[0]}`
        : `${sql} IN (${found.join(", ")})`;
  };
  const lines = guesses
    .filter(({ status }) => status !== "other")
    .map(
      ({ word, status, isSure }) =>
        `WHEN ${literal(word)} THEN '${status}'${isSure && isKnown ? "" : " -- unsure"}`,
    );
  const others = guesses.filter(({ status }) => status === "other").map(({ word }) => literal(word));
  const isOpen = having((status) => !OVER.includes(status));
  const isText =
    dialect === "sqlite"
      ? kindOf(column.type) === "text" && known.every((word) => typeof word === "string")
      : /^(text|character)/.test(column.type);
  const doubts = [
    ...(isKnown ? [] : [`no row shows the words of ${sql}: these are guesses`]),
    ...(others.length > 0 ? [`${others.join(", ")} ${others.length === 1 ? "is" : "are"} other`] : []),
    ...(words.includes(null) ? [`${sql} is NULL in some rows, which are other`] : []),
  ];
  return {
    queued: having((status) => status === "queued"),
    running: having((status) => status === "running"),
    open:
      column.isNotNull || isOpen === "FALSE"
        ? isOpen
        : words.includes(null)
          ? `(${isOpen} OR ${sql} IS NULL)`
          : `(${isOpen} AND ${sql} IS NOT NULL)`,
    status:
      lines.length === 0
        ? "'other'"
        : [`CASE ${sql}`, ...lines.map((line) => `    ${line}`), "    ELSE 'other' END"].join("\n"),
    native: isText ? sql : dialect === "sqlite" ? `CAST(${sql} AS TEXT)` : `${sql}::text`,
    doubts,
    unseen: ALL.filter((status) => !guesses.some((guess) => guess.status === status)),
  };
}

/** The columns, by what a row with a value in it is. */
export interface Marks {
  readonly started?: Column | undefined;
  readonly finished?: Column | undefined;
  readonly failed?: Column | undefined;
  readonly cancelled?: Column | undefined;
}

export function statesByColumns(marks: Marks, dialect: SqlDialect): States {
  const { started, ...ends } = marks;
  const name = (column: Column) => identifier(column.name, dialect);
  const over = (["failed", "cancelled", "finished"] as const).flatMap((end) =>
    ends[end] ? [[end, ends[end]] as const] : [],
  );
  const open = over.map(([, column]) => `${name(column)} IS NULL`).join(" AND ");
  const and = (...conditions: readonly string[]) => conditions.filter((one) => one !== "").join(" AND ");
  const isAlwaysStarted = started?.isNotNull === true;
  return {
    queued: !started ? open : isAlwaysStarted ? "FALSE" : and(`${name(started)} IS NULL`, open),
    running: !started ? "FALSE" : isAlwaysStarted ? open : and(`${name(started)} IS NOT NULL`, open),
    open: open === "" ? "TRUE" : open,
    status: [
      "CASE",
      ...over.map(
        ([end, column]) => `    WHEN ${name(column)} IS NOT NULL THEN '${end === "finished" ? "done" : end}'`,
      ),
      ...(started && !isAlwaysStarted ? [`    WHEN ${name(started)} IS NOT NULL THEN 'running'`] : []),
      `    ELSE '${isAlwaysStarted ? "running" : "queued"}' END`,
    ].join("\n"),
    native: "NULL",
    doubts: [
      "the status is guessed from which times are there",
      ...(ends.failed ? [] : ["a failed row counts as done"]),
    ],
    unseen: over.some(([end]) => end === "cancelled") ? [] : ["cancelled"],
  };
}

function literal(word: string | number): string {
  return typeof word === "number" ? String(word) : `'${word.replaceAll("'", "''")}'`;
}
