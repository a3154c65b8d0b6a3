/** Configurations with which `serve` does not start, against the program: one line, and exit code 1 or 2. */
import { describe, it } from "vitest";
import {
  ANONYMOUS,
  expectRefusedByProgram,
  NAMES_AND_ORIGINS,
  SOCKETS,
  TLS_FILES,
  TOKEN_FILES,
} from "./refused.ts";

describe("startup fails with one line for", () => {
  for (const refused of [...ANONYMOUS, ...NAMES_AND_ORIGINS, ...TOKEN_FILES, ...TLS_FILES, ...SOCKETS])
    it(refused.what, () => expectRefusedByProgram(refused));
});
