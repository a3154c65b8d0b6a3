/** Connections that take a place and ask for nothing, or for nothing more. */
import { once } from "node:events";
import type { ClientHttp2Session } from "node:http2";
import { expect } from "vitest";
import { eventually } from "../../support/service.ts";
import { type Attack, askAnew } from "./attack.ts";
import { hello } from "./frames.ts";
import { call, grpcStatus, openSession, WATCH } from "./grpc.ts";
import { openRaw, type Raw } from "./raw.ts";

export const IDLE = [
  ["that say nothing", ""],
  ["that begin a request and do not go on", "GET /metrics HTTP/1.1\r\nhost: 127"],
  [
    "that begin a body and do not go on",
    `POST /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{`,
  ],
  ["that were answered once", "GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"],
  ["that speak HTTP/2", hello()],
] as const;

/** Its own: the listener, the loop's, and what the database and the test's client need. */
const OTHER_SOCKETS = 20;

export interface Crowd {
  /** How many there may be. */
  readonly most: number;
  /** How many come. */
  readonly count: number;
  /** So many of them, the oldest, have surely given way in the end. */
  readonly gaveWay: number;
  /**
   * So many come before one that asks is answered. Of more than `most` that are accepted at once, the system's queue being
   * full of them, one that asks loses its place before it is read.
   */
  readonly atOnce: number;
}

async function openMany(attack: Attack, { count, atOnce }: Crowd, first: string | Buffer): Promise<Raw[]> {
  const opened: Raw[] = [];
  for (let index = 0; index < count; index += 1) {
    const raw = await openRaw(attack.port);
    if (first.length > 0) raw.send(first);
    opened.push(raw);
    if (index % atOnce === atOnce - 1) await (await askAnew(attack.service, "/health")).text();
  }
  return opened;
}

export async function expectNobodyIsLockedOut(
  attack: Attack,
  crowd: Crowd,
  first: string | Buffer,
): Promise<void> {
  const opened = await openMany(attack, crowd, first);
  try {
    expect(attack.sockets()).toBeLessThanOrEqual(crowd.most + OTHER_SOCKETS);
    expect((await askAnew(attack.service, "/health")).status).toBe(200);
    await eventually("the oldest gave way", () =>
      opened.slice(0, crowd.gaveWay).every(({ socket }) => socket.destroyed),
    );
  } finally {
    for (const raw of opened) raw[Symbol.dispose]();
  }
  await eventually("their sockets are closed", () => attack.sockets() < OTHER_SOCKETS);
}

/** A call that streams, and whether it may. */
export async function watch(session: ClientHttp2Session) {
  const stream = call(session, WATCH);
  const [answer] = await Promise.race([once(stream, "data"), once(stream, "end")]);
  return { stream, isOpen: answer !== undefined };
}

/** All the calls that may stream at once, and then many connections that are idle. */
export async function expectStreamsKeepTheirConnections(attack: Attack, crowd: Crowd): Promise<void> {
  const sessions = await Promise.all(Array.from({ length: 9 }, () => openSession(attack.service.url)));
  const [last, ...full] = sessions as [ClientHttp2Session, ...ClientHttp2Session[]];
  await eventually("the places of the test before are free", async () => (await watch(last)).isOpen);
  last.destroy();
  const ninth = await openSession(attack.service.url);
  await eventually("eight connections hold 128", async () => {
    const held = await Promise.all(
      full.flatMap((session) => Array.from({ length: 16 }, () => watch(session))),
    );
    // A place that the connection before gave back meanwhile is the ninth's, for good.
    return held.every(({ isOpen }) => isOpen) || !(await watch(ninth)).isOpen;
  });
  expect(await grpcStatus(call(ninth, WATCH))).toBe(8);
  const idle = await openMany(attack, crowd, "");
  expect(full.every(({ destroyed }) => !destroyed)).toBe(true);
  for (const raw of idle) raw[Symbol.dispose]();
  for (const session of [...full, ninth]) session.destroy();
}
