/** How much a SELECT may return. Its rows are held in memory, and what a stranger's profile asks for has no end. */
import type { Fault } from "../fault.ts";

export const LARGEST_RESULT_BYTES = 32 * 1024 * 1024;

export const TOO_LARGE: Fault = {
  code: "failed_precondition",
  message: "the SELECT returns more than 32 MiB: let it return fewer rows, or shorter texts",
};
