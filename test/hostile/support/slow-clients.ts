/** Slow clients, and how each is disconnected: not before its time limit, and not much later. */
import { once } from "node:events";
import { expect } from "vitest";
import type { InProcess } from "../../service/in-process.ts";
import { job, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/service.ts";
import { END_HEADERS, END_STREAM, FRAME, frame, get, hello, post } from "./frames.ts";
import { call, GET_METRICS, openSession, WATCH } from "./grpc.ts";
import { openRaw, type Raw, statuses } from "./raw.ts";

const HEAD = "host: 127.0.0.1\r\ncontent-type: application/json\r\n";
const LARGE = "/metrics?read_mask=queue";

/**
 * Makes responses of a megabyte: sixteen of them are more than the kernel buffers for a client that does not
 * read.
 */
export function fillLargely(database: TestDatabase): void {
  const jobs = Array.from({ length: 1_000 }, (_, index) =>
    job(index + 1, "running", { kind: "x".repeat(1_000), started_at: "2026-01-31T12:00:00.000Z" }),
  );
  database.connection.transaction(() => database.insert("jobs", ...jobs))();
}

/** Waits for a response with all jobs, since a reading may be late on a busy machine. */
export async function untilLarge(service: { metrics: InProcess["metrics"] }, query = ""): Promise<void> {
  await eventually(
    "an answer holds all jobs",
    async () => (await service.metrics(query)).queue?.running?.items?.length === 1_000,
  );
}

const portOf = ({ url }: InProcess) => Number(new URL(url).port);

interface SlowClient {
  readonly reads?: boolean;
  /** Sent at once after connecting. */
  readonly first?: string | Buffer;
  /** Sent afterwards, in twenty pieces until the limit. Nothing by default. */
  readonly next?: () => string | Buffer;
}

/** Connects, and resolves once the service closes the connection, which must not be before the limit. */
async function untilCut(service: InProcess, seconds: number, client: SlowClient): Promise<Raw> {
  const { reads = true, first, next } = client;
  const began = performance.now();
  const raw = await openRaw(portOf(service), { reads });
  if (!reads) raw.socket.pause();
  if (first !== undefined) raw.send(first);
  const timer = next && setInterval(() => raw.send(next()), (seconds * 1_000) / 20);
  await raw.closed;
  clearInterval(timer);
  const took = (performance.now() - began) / 1_000;
  expect(took).toBeGreaterThan(0.95 * seconds);
  // Another limit, such as that for idle clients, would be far longer.
  expect(took).toBeLessThan(1.5 * seconds + 8);
  return raw;
}

function letters(word: string): () => string {
  let at = 0;
  return () => word.charAt(at++ % word.length);
}

export async function expectSlowHeaderIsTold(service: InProcess, seconds: number): Promise<void> {
  const first = "GET /health HTTP/1.1\r\nx: ";
  using raw = await untilCut(service, seconds, { first, next: letters("slow") });
  expect(statuses(raw.text())).toEqual([408]);
}

export async function expectNoFirstByteIsCut(service: InProcess, seconds: number): Promise<void> {
  using _raw = await untilCut(service, seconds, {});
}

export async function expectSlowBodyIsTold(service: InProcess, seconds: number): Promise<void> {
  const first = `POST ${GET_METRICS} HTTP/1.1\r\n${HEAD}content-length: 60000\r\n\r\n{"read_mask":"`;
  using raw = await untilCut(service, seconds, { first, next: letters("slow") });
  expect(statuses(raw.text())).toEqual([408]);
}

export async function expectSlowHttp2BodyIsCut(service: InProcess, seconds: number): Promise<void> {
  const headers = post(GET_METRICS, { "content-type": "application/grpc" });
  // The beginning of a message of 255 bytes.
  const prefix = frame(FRAME.data, 0, 1, Buffer.of(0, 0, 0, 0, 255));
  const first = Buffer.concat([hello(), frame(FRAME.headers, END_HEADERS, 1, headers), prefix]);
  using _raw = await untilCut(service, seconds, { first, next: () => frame(FRAME.data, 0, 1, Buffer.of(0)) });
}

export async function expectBodyOfNoCallIsCut(service: InProcess, seconds: number): Promise<void> {
  const first = Buffer.concat([hello(), frame(FRAME.headers, END_HEADERS, 1, get(WATCH))]);
  using _raw = await untilCut(service, seconds, { first });
}

export async function expectSlowReaderIsCut(service: InProcess, seconds: number): Promise<void> {
  const first = `GET ${LARGE} HTTP/1.1\r\n${HEAD}\r\n`.repeat(16);
  // A client that does not read sees the end only through a write.
  using _raw = await untilCut(service, seconds, { reads: false, first, next: () => "\r\n" });
}

export async function expectSlowHttp2ReaderIsCut(service: InProcess, seconds: number): Promise<void> {
  const request = frame(FRAME.headers, END_HEADERS | END_STREAM, 1, get(LARGE));
  using _raw = await untilCut(service, seconds, { first: Buffer.concat([hello([4, 0]), request]) });
}

/** Checks idle connections, while a streaming call continues. */
export async function expectIdleAreCut(service: InProcess, seconds: number): Promise<void> {
  const session = await openSession(service.url);
  const watch = call(session, WATCH);
  await once(watch, "data");
  const began = performance.now();
  const idle = await openSession(service.url);
  using raw = await openRaw(portOf(service));
  raw.send(`GET /health HTTP/1.1\r\n${HEAD}\r\n`);
  await Promise.all([raw.closed, once(idle, "close")]);
  expect((performance.now() - began) / 1_000).toBeGreaterThan(0.95 * seconds);
  expect(statuses(raw.text())).toEqual([200]);
  expect([session.closed, session.destroyed, watch.closed]).toEqual([false, false, false]);
  session.destroy();
}

const TOO_MUCH = "too many bytes were waiting for clients that do not read";

export async function expectOneAnswerEachIsMade(service: InProcess): Promise<void> {
  const open = () => openRaw(portOf(service), { reads: false });
  const readers = await Promise.all(Array.from({ length: 16 }, open));
  for (const raw of readers) {
    raw.socket.pause();
    raw.send(`GET ${LARGE} HTTP/1.1\r\n${HEAD}\r\n`.repeat(16));
  }
  // Requests are processed in order, so the responses before were built before the last of these.
  for (let call = 0; call < 5; call += 1) await untilLarge(service, "?read_mask=queue");
  expect(service.log()).not.toContain(TOO_MUCH);
  for (const raw of readers) raw[Symbol.dispose]();
}

export async function expectTooMuchUnreadIsCut(service: InProcess): Promise<void> {
  const open = () => openSession(service.url, { initialWindowSize: 0 });
  // One response is built for each.
  const readers = await Promise.all(Array.from({ length: 40 }, open));
  for (const session of readers) {
    for (let index = 0; index < 16; index += 1) session.request({ ":path": LARGE }).on("error", () => {});
  }
  await eventually("the log says so", () => service.log().includes(TOO_MUCH));
  for (const session of readers) session.destroy();
}
