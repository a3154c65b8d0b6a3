/** HTTP/2 clients that request large responses and read none of them. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { expect } from "vitest";
import { createDatabase } from "../../support/database.ts";
import { eventually, type RunningProgram, startReady } from "../../support/service.ts";
import { call, GET_METRICS, openSession } from "./grpc.ts";
import { fillLargely, untilLarge } from "./slow-clients.ts";

const MEBIBYTE = 1024 * 1024;

/** Resident memory of the serving process, which shares a cgroup of 256 MiB with its reader. */
const MOST_BYTES = 200 * MEBIBYTE;

type Ask = (session: ClientHttp2Session) => ClientHttp2Stream;

export const get =
  (headers: Readonly<Record<string, string>>): Ask =>
  (session) =>
    session.request({ ":path": "/metrics", ...headers }).on("error", () => {});

export const rpc =
  (headers: Readonly<Record<string, string>>, message = ""): Ask =>
  (session) =>
    call(session, GET_METRICS, { headers, message: Buffer.from(message) });

/** Opens three connections, each with the maximum number of requests. */
export async function expectLittleMemory(ask: Ask): Promise<void> {
  using database = createDatabase();
  fillLargely(database);
  await using service = await startReady(database.path);
  await eventually(
    "an answer is large",
    async () => (await (await service.get("/metrics")).text()).length > MEBIBYTE,
  );
  const open = () => openSession(service.url, { initialWindowSize: 0 });
  const sessions = await Promise.all(Array.from({ length: 3 }, open));
  const streams = sessions.map((session) => Array.from({ length: 100 }, () => ask(session)));
  // The first request of each connection is answered. The others wait until their client reads.
  await Promise.all(streams.map((ofOne) => Promise.race(ofOne.map((stream) => once(stream, "response")))));
  for (let asked = 0; asked < 3; asked += 1) await untilLarge(service);
  expect(peakBytes(service)).toBeLessThan(MOST_BYTES);
  expect(service.log()).not.toContain('"level":50');
  for (const session of sessions) session.destroy();
}

/** Returns the process's peak resident memory: proc_pid_status(5), VmHWM. */
function peakBytes({ child }: RunningProgram): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
