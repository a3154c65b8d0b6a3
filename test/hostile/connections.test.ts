/** More connections than may be: the silent ones give way, and whoever asks is answered. */
import { once } from "node:events";
import type { ClientHttp2Session } from "node:http2";
import { describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { eventually, startProgram } from "../support/service.ts";
import { hello } from "./support/frames.ts";
import { call, grpcStatus, openSession, WATCH } from "./support/grpc.ts";
import { openRaw, type Raw } from "./support/raw.ts";
import { askAnew, besiege } from "./support/siege.ts";

const MOST_CONNECTIONS = 512;

/** Its own: the listener, the loop's, and what the database and the test's client need. */
const OTHER_SOCKETS = 20;

const siege = besiege();

async function openMany(count: number, first: string | Buffer): Promise<Raw[]> {
  const opened: Raw[] = [];
  for (let index = 0; index < count; index += 1) {
    const raw = await openRaw(siege.port);
    if (first.length > 0) raw.send(first);
    opened.push(raw);
  }
  return opened;
}

describe("a thousand idle connections", () => {
  for (const [name, first] of [
    ["that say nothing", ""],
    ["that begin a request and do not go on", "GET /metrics HTTP/1.1\r\nhost: 127"],
    [
      "that begin a body and do not go on",
      `POST /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{`,
    ],
    ["that were answered once", "GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"],
    ["that speak HTTP/2", hello()],
  ] as const) {
    it(`${name} lock nobody out`, async () => {
      const opened = await openMany(1_000, first);
      try {
        expect(siege.sockets()).toBeLessThanOrEqual(MOST_CONNECTIONS + OTHER_SOCKETS);
        expect((await askAnew(siege.service, "/health")).status).toBe(200);
        await eventually("the oldest gave way", () =>
          opened.slice(0, 400).every(({ socket }) => socket.destroyed),
        );
      } finally {
        for (const raw of opened) raw[Symbol.dispose]();
      }
      await eventually("their sockets are closed", () => siege.sockets() < OTHER_SOCKETS);
    });
  }
});

describe("calls that stream", () => {
  async function watch(session: ClientHttp2Session) {
    const stream = call(session, WATCH);
    const [answer] = await Promise.race([once(stream, "data"), once(stream, "end")]);
    return { stream, isOpen: answer !== undefined };
  }

  it("are sixteen on a connection at most: the next is told resource_exhausted, and a freed place is given again", async () => {
    const session = await openSession(siege.service.url);
    const open = await Promise.all(Array.from({ length: 16 }, () => watch(session)));
    expect(open.every(({ isOpen }) => isOpen)).toBe(true);
    expect(await grpcStatus(call(session, WATCH))).toBe(8);
    open[0]?.stream.close();
    await eventually("a place is free", async () => (await watch(session)).isOpen);
    session.destroy();
  });

  it("are 128 on all connections, and idle connections do not cost them theirs", async () => {
    const sessions = await Promise.all(Array.from({ length: 9 }, () => openSession(siege.service.url)));
    const [last, ...full] = sessions as [ClientHttp2Session, ...ClientHttp2Session[]];
    await eventually("the places of the test before are free", async () => (await watch(last)).isOpen);
    last.destroy();
    const ninth = await openSession(siege.service.url);
    await eventually("eight connections hold 128", async () => {
      const held = await Promise.all(
        full.flatMap((session) => Array.from({ length: 16 }, () => watch(session))),
      );
      return held.every(({ isOpen }) => isOpen) || (await grpcStatus(call(ninth, WATCH))) === 8;
    });
    expect(await grpcStatus(call(ninth, WATCH))).toBe(8);
    const idle = await openMany(1_000, "");
    expect(full.every(({ destroyed }) => !destroyed)).toBe(true);
    for (const raw of idle) raw[Symbol.dispose]();
    for (const session of [...full, ninth]) session.destroy();
  });
});

describe("--max-connections", () => {
  it("says how many there may be, and the log that they were reached", async () => {
    using database = createDatabase();
    await using service = await startProgram(database.path, { args: ["--max-connections", "3"] });
    const port = Number(new URL(service.url).port);
    const opened: Raw[] = [];
    for (let index = 0; index < 4; index += 1) opened.push(await openRaw(port));
    await opened[0]?.closed;
    expect(opened.slice(1).every(({ socket }) => !socket.destroyed)).toBe(true);
    await eventually("the log says so", () =>
      service.log().includes("cut a connection: as many were open as may be, and it was silent longest"),
    );
    for (const raw of opened) raw[Symbol.dispose]();
  });
});
