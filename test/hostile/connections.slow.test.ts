/** A thousand connections, of which as many may be open as by default. */
import { describe, it } from "vitest";
import { underAttack } from "./support/attack.ts";
import { expectNobodyIsLockedOut, expectStreamsKeepTheirConnections, IDLE } from "./support/idle.ts";

/** Of the system's queue no more are accepted at once than may be open. */
const CROWD = { most: 512, count: 1_000, gaveWay: 400, atOnce: Number.POSITIVE_INFINITY };

const attack = underAttack();

describe("a thousand idle connections", () => {
  for (const [name, first] of IDLE)
    it(`${name} lock nobody out`, () => expectNobodyIsLockedOut(attack, CROWD, first));
});

describe("calls that stream", () => {
  it("are 128 on all connections, and idle connections do not cost them theirs", () =>
    expectStreamsKeepTheirConnections(attack, CROWD));
});
