/** A thousand connections against the default limit. */
import { describe, expect, it } from "vitest";
import { eventually } from "../support/service.ts";
import { underAttack } from "./support/attack.ts";
import { call, grpcStatus, openSession, WATCH } from "./support/grpc.ts";
import { expectNobodyIsLockedOut, expectStreamsKeepTheirConnections, IDLE, watch } from "./support/idle.ts";

/** The system's queue does not pass on more connections at once than may be open. */
const CROWD = { most: 512, count: 1_000, gaveWay: 400, atOnce: Number.POSITIVE_INFINITY };

const attack = underAttack();

describe("a thousand idle connections", () => {
  for (const [name, first] of IDLE)
    it(`${name} do not lock out other clients`, () => expectNobodyIsLockedOut(attack, CROWD, first));
});

describe("streaming calls", () => {
  it("are limited to sixteen per connection: the next gets resource_exhausted, and a freed place is reused", async () => {
    const session = await openSession(attack.service.url);
    const open = await Promise.all(Array.from({ length: 16 }, () => watch(session)));
    expect(open.every(({ isOpen }) => isOpen)).toBe(true);
    expect(await grpcStatus(call(session, WATCH))).toBe(8);
    open[0]?.stream.close();
    await eventually("a connection is free", async () => (await watch(session)).isOpen);
    session.destroy();
  });

  it("are limited to 128 in total, and idle connections do not displace theirs", () =>
    expectStreamsKeepTheirConnections(attack, CROWD));
});
