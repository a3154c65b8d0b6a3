/** Each attack by a profile, as the service reads: the process that does takes long to start. */
import { describe, it } from "vitest";
import { ATTACKS, expectRefused, readAside } from "./attacks.ts";

describe("a profile from a stranger", () => {
  for (const stopped of [false, true]) {
    for (const [what, sql] of ATTACKS) {
      it(`that ${what} is refused before it runs${stopped ? ", of a stopped orchestrator too" : ""}`, () =>
        expectRefused(readAside, sql, { stopped }));
    }
  }
});
