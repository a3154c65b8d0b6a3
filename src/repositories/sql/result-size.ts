/**
 * Limits on what a SELECT may return. Its rows are held in memory, and neither a third party's profile nor a text
 * that an orchestrator writes is bounded.
 */
import type { SourceFailure } from "../source-failure.ts";

export const LARGEST_RESULT_BYTES = 8 * 1024 * 1024;

export const TOO_LARGE: SourceFailure = {
  code: "failed_precondition",
  message: "the SELECT returns more than 8 MiB: return fewer rows or shorter texts",
};

/** For a text that identifies something. A longer one is refused, not truncated, since two could then look the same. */
export const LONGEST_NAME_BYTES = 16 * 1024;

/** Replaces a name that is too long. It has another type, since SQLite's functions end a text at its first NUL. */
export const OVERLONG_NAME = Buffer.from("overlong");

/** For a text that is only displayed. A longer one is truncated, and ends in `…`. */
export const LONGEST_TITLE_CHARACTERS = 1000;
