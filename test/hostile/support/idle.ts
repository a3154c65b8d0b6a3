/** Connections that take a place and request nothing, or nothing more. */
import { once } from "node:events";
import type { ClientHttp2Session } from "node:http2";
import { expect } from "vitest";
import { eventually } from "../../support/service.ts";
import { type Attack, askAnew } from "./attack.ts";
import { hello } from "./frames.ts";
import { call, grpcStatus, openSession, WATCH } from "./grpc.ts";
import { openRaw, type Raw } from "./raw.ts";

export const IDLE = [
  ["that send nothing", ""],
  ["that send part of a request", "GET /metrics HTTP/1.1\r\nhost: 127"],
  ["that send part of a body", `POST /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{`],
  ["that got one response", "GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"],
  ["that speak HTTP/2", hello()],
] as const;

/** The service's own sockets: the listener, the event loop, the database and the test's client. */
const OTHER_SOCKETS = 20;

export interface Crowd {
  /** The maximum number of open connections. */
  readonly most: number;
  /** The number of connections that the test opens. */
  readonly count: number;
  /** The number of oldest connections that must be closed in the end. */
  readonly gaveWay: number;
  /**
   * The number of connections opened before the next request. If the system's queue passes on more than
   * `most` at once, a request among them is closed before it is read.
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
    await eventually("the oldest is closed", () =>
      opened.slice(0, crowd.gaveWay).every(({ socket }) => socket.destroyed),
    );
  } finally {
    for (const raw of opened) raw[Symbol.dispose]();
  }
  await eventually("their sockets are closed", () => attack.sockets() < OTHER_SOCKETS);
}

/** Opens a streaming call, and returns whether it was accepted. */
export async function watch(session: ClientHttp2Session) {
  const stream = call(session, WATCH);
  const [answer] = await Promise.race([once(stream, "data"), once(stream, "end")]);
  return { stream, isOpen: answer !== undefined };
}

/** Opens the maximum number of streaming calls, and then many idle connections. */
export async function expectStreamsKeepTheirConnections(attack: Attack, crowd: Crowd): Promise<void> {
  const sessions = await Promise.all(Array.from({ length: 9 }, () => openSession(attack.service.url)));
  const [last, ...full] = sessions as [ClientHttp2Session, ...ClientHttp2Session[]];
  await eventually("the connections of the previous test are free", async () => (await watch(last)).isOpen);
  last.destroy();
  const ninth = await openSession(attack.service.url);
  await eventually("eight connections hold 128", async () => {
    const held = await Promise.all(
      full.flatMap((session) => Array.from({ length: 16 }, () => watch(session))),
    );
    // If the previous connection returned a place meanwhile, the ninth connection keeps it.
    return held.every(({ isOpen }) => isOpen) || !(await watch(ninth)).isOpen;
  });
  expect(await grpcStatus(call(ninth, WATCH))).toBe(8);
  const idle = await openMany(attack, crowd, "");
  expect(full.every(({ destroyed }) => !destroyed)).toBe(true);
  for (const raw of idle) raw[Symbol.dispose]();
  for (const session of [...full, ninth]) session.destroy();
}
