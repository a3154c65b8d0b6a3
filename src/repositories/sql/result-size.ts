/**
 * How much a SELECT may return. Its rows are held in memory, and neither what a stranger's profile asks for nor what an
 * orchestrator writes into a text has an end.
 */
import type { SourceFailure } from "../source-failure.ts";

export const LARGEST_RESULT_BYTES = 8 * 1024 * 1024;

export const TOO_LARGE: SourceFailure = {
  code: "failed_precondition",
  message: "the SELECT returns more than 8 MiB: let it return fewer rows, or shorter texts",
};

/** Of a text by which things are told apart. A longer one is refused, not cut: two could then be taken for one. */
export const LONGEST_NAME_BYTES = 16 * 1024;

/** Stands for a name that is too long: of another type, since SQLite's functions end a text at its first NUL. */
export const OVERLONG_NAME = Buffer.from("overlong");

/** Of what only people read: a longer one is cut, and ends in `…`. */
export const LONGEST_TITLE_CHARACTERS = 1000;
