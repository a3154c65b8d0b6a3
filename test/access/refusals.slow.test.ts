/** What `serve` refuses to start with, at the program itself: one line, and exit code 1 or 2. */
import { describe, it } from "vitest";
import {
  ANONYMOUS,
  expectRefusedByProgram,
  NAMES_AND_ORIGINS,
  SOCKETS,
  TLS_FILES,
  TOKEN_FILES,
} from "./refused.ts";

describe("the program refuses to start, with one line:", () => {
  for (const refused of [...ANONYMOUS, ...NAMES_AND_ORIGINS, ...TOKEN_FILES, ...TLS_FILES, ...SOCKETS])
    it(refused.what, () => expectRefusedByProgram(refused));
});
