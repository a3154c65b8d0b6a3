/** Each attack by a profile, read as the service does in a separate process, which starts slowly. */
import { describe, it } from "vitest";
import { ATTACKS, expectRefused, readAside } from "./attacks.ts";

describe("an untrusted profile", () => {
  for (const stopped of [false, true]) {
    for (const [what, sql] of ATTACKS) {
      it(`that ${what} is rejected before it runs${stopped ? ", also for a stopped orchestrator" : ""}`, () =>
        expectRefused(readAside, sql, { stopped }));
    }
  }
});
