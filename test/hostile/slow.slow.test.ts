/** Clients that take their time: each is cut off at its limit, and a call that streams is not. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { job } from "../support/database.ts";
import { eventually } from "../support/service.ts";
import { END_HEADERS, END_STREAM, FRAME, frame, get, hello, post } from "./support/frames.ts";
import { call, GET_METRICS, openSession, WATCH } from "./support/grpc.ts";
import { openRaw, type Raw, statuses } from "./support/raw.ts";
import { besiege } from "./support/siege.ts";

/** An answer of a megabyte: sixteen of them are more than the kernel holds for a client that does not read. */
const siege = besiege((database) => {
  const jobs = Array.from({ length: 1_000 }, (_, index) =>
    job(index + 1, "running", { kind: "x".repeat(1_000), started_at: "2026-01-31T12:00:00.000Z" }),
  );
  database.connection.transaction(() => database.insert("jobs", ...jobs))();
});

const LARGE = "/metrics?read_mask=queue";
const HEAD = "host: 127.0.0.1\r\ncontent-type: application/json\r\n";

/** Sends one byte after the other, two a second, until the other side closes. */
function trickle(raw: Raw, bytes: string): void {
  let at = 0;
  const timer = setInterval(() => raw.send(bytes.charAt(at++ % bytes.length)), 500);
  raw.socket.once("close", () => clearInterval(timer));
}

async function secondsUntilClosed(raw: Raw): Promise<number> {
  const began = performance.now();
  await raw.closed;
  return (performance.now() - began) / 1_000;
}

describe.concurrent("a client that takes its time", () => {
  it("with a header is told 408 after ten seconds", async () => {
    using raw = await openRaw(siege.port);
    raw.send("GET /health HTTP/1.1\r\nx: ");
    trickle(raw, "slow");
    expect(await secondsUntilClosed(raw)).toBeGreaterThan(9);
    expect(statuses(raw.text())).toEqual([408]);
    expect(raw.text()).toContain('"code":"deadline_exceeded"');
  }, 60_000);

  it("with the first byte is cut off after ten seconds", async () => {
    using raw = await openRaw(siege.port);
    expect(await secondsUntilClosed(raw)).toBeGreaterThan(9);
  }, 60_000);

  it("with a body is told 408 after twenty seconds", async () => {
    using raw = await openRaw(siege.port);
    raw.send(`POST ${GET_METRICS} HTTP/1.1\r\n${HEAD}content-length: 60000\r\n\r\n{"read_mask":"`);
    trickle(raw, "slow");
    expect(await secondsUntilClosed(raw)).toBeGreaterThan(18);
    expect(statuses(raw.text())).toEqual([408]);
  }, 90_000);

  it("with a body over HTTP/2 is cut off after thirty seconds", async () => {
    using raw = await openRaw(siege.port);
    raw.send(hello());
    raw.send(frame(FRAME.headers, END_HEADERS, 1, post(GET_METRICS, { "content-type": "application/grpc" })));
    const timer = setInterval(() => raw.send(frame(FRAME.data, 0, 1, Buffer.of(0))), 500);
    expect(await secondsUntilClosed(raw)).toBeGreaterThan(28);
    clearInterval(timer);
  }, 90_000);

  it("with the body of what is no call of a path that streams is cut off too", async () => {
    using raw = await openRaw(siege.port);
    raw.send(hello());
    raw.send(frame(FRAME.headers, END_HEADERS, 1, get(WATCH)));
    expect(await secondsUntilClosed(raw)).toBeGreaterThan(28);
  }, 90_000);

  it("with reading is cut off after thirty seconds", async () => {
    using raw = await openRaw(siege.port, { reads: false });
    raw.socket.pause();
    raw.send(`GET ${LARGE} HTTP/1.1\r\n${HEAD}\r\n`.repeat(16));
    // Who does not read does not see the end either: a write tells.
    const timer = setInterval(() => raw.send("\r\n"), 500);
    expect(await secondsUntilClosed(raw)).toBeGreaterThan(28);
    clearInterval(timer);
  }, 90_000);

  it("with reading over HTTP/2 is cut off after thirty seconds", async () => {
    using raw = await openRaw(siege.port);
    raw.send(hello([4, 0]));
    raw.send(frame(FRAME.headers, END_HEADERS | END_STREAM, 1, get(LARGE)));
    expect(await secondsUntilClosed(raw)).toBeGreaterThan(28);
  }, 90_000);

  it("between requests is let go after 75 seconds, while a call that streams goes on", async () => {
    const session = await openSession(siege.service.url);
    const watch = call(session, WATCH);
    await once(watch, "data");
    const idle = await openSession(siege.service.url);
    using raw = await openRaw(siege.port);
    raw.send(`GET /health HTTP/1.1\r\n${HEAD}\r\n`);
    await Promise.all([raw.closed, once(idle, "close")]);
    expect(statuses(raw.text())).toEqual([200]);
    expect([session.closed, session.destroyed, watch.closed]).toEqual([false, false, false]);
    session.destroy();
  }, 150_000);
});

describe("many clients that do not read", () => {
  const TOO_MUCH = "too much waited for clients that do not read";

  it("have one answer each made for them over HTTP/1.1, however many they ask for at once", async () => {
    const readers = await Promise.all(
      Array.from({ length: 16 }, () => openRaw(siege.port, { reads: false })),
    );
    for (const raw of readers) {
      raw.socket.pause();
      raw.send(`GET ${LARGE} HTTP/1.1\r\n${HEAD}\r\n`.repeat(16));
    }
    await sleep(3_000);
    expect(siege.service.log()).not.toContain(TOO_MUCH);
    for (const raw of readers) raw[Symbol.dispose]();
  });

  it("lose their connections, the oldest first, once 32 MiB wait for them", async () => {
    const readers = await Promise.all(
      Array.from({ length: 8 }, () => openSession(siege.service.url, { initialWindowSize: 0 })),
    );
    for (const session of readers) {
      for (let index = 0; index < 16; index += 1) session.request({ ":path": LARGE }).on("error", () => {});
    }
    await eventually("the log says so", () => siege.service.log().includes(TOO_MUCH), 30);
    for (const session of readers) session.destroy();
  }, 60_000);
});
