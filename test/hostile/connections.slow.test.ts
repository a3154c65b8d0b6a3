/** A thousand connections, of which as many may be open as by default. */
import { describe, expect, it } from "vitest";
import { eventually } from "../support/service.ts";
import { underAttack } from "./support/attack.ts";
import { call, grpcStatus, openSession, WATCH } from "./support/grpc.ts";
import { expectNobodyIsLockedOut, expectStreamsKeepTheirConnections, IDLE, watch } from "./support/idle.ts";

/** Of the system's queue no more are accepted at once than may be open. */
const CROWD = { most: 512, count: 1_000, gaveWay: 400, atOnce: Number.POSITIVE_INFINITY };

const attack = underAttack();

describe("a thousand idle connections", () => {
  for (const [name, first] of IDLE)
    it(`${name} lock nobody out`, () => expectNobodyIsLockedOut(attack, CROWD, first));
});

describe("calls that stream", () => {
  it("are sixteen on a connection at most: the next is told resource_exhausted, and a freed place is given again", async () => {
    const session = await openSession(attack.service.url);
    const open = await Promise.all(Array.from({ length: 16 }, () => watch(session)));
    expect(open.every(({ isOpen }) => isOpen)).toBe(true);
    expect(await grpcStatus(call(session, WATCH))).toBe(8);
    open[0]?.stream.close();
    await eventually("a place is free", async () => (await watch(session)).isOpen);
    session.destroy();
  });

  it("are 128 on all connections, and idle connections do not cost them theirs", () =>
    expectStreamsKeepTheirConnections(attack, CROWD));
});
