/**
 * Measures an honest client and the service during attacks. `hostile.ts PORT NAME` runs one attack until its parent
 * ends. Its connections reconnect as soon as they are closed.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import {
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  get,
  headers,
  hello,
  uint32,
} from "../test/hostile/support/frames.ts";
import { quantile } from "./client.ts";
import { createFixture } from "./fixture.ts";
import { type Service, startService } from "./programs.ts";

const SECONDS = 15;
const SCRAPES_PER_SECOND = 20;

export async function benchHostile(): Promise<void> {
  using fixture = createFixture({ rows: 1_000 });
  await using service = await startService(fixture.path);
  console.log(
    `\nHostile traffic for ${SECONDS} s each, with ${SCRAPES_PER_SECOND} honest scrapes per second`,
  );
  report("nothing", await scrape(service));
  for (const name of Object.keys(ATTACKS)) {
    const attacker = fork(import.meta.filename, [String(service.port), name]);
    await sleep(1_000);
    report(name, await scrape(service));
    attacker.disconnect();
    await once(attacker, "exit");
  }
}

interface Scrapes {
  readonly milliseconds: readonly number[];
  readonly failures: number;
  readonly mostMebibytes: number;
}

/** Opens a connection for each scrape, like a client that arrives during an attack. */
async function scrape({ port, pssMebibytes }: Service): Promise<Scrapes> {
  const milliseconds: number[] = [];
  let failures = 0;
  let mostMebibytes = 0;
  const end = performance.now() + SECONDS * 1_000;
  while (performance.now() < end) {
    const began = performance.now();
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: "close" } });
      const { schema_version: version } = (await answer.json()) as { schema_version?: number };
      if (answer.status !== 200 || version !== 1) failures += 1;
    } catch {
      failures += 1;
    }
    milliseconds.push(performance.now() - began);
    mostMebibytes = Math.max(mostMebibytes, pssMebibytes());
    await sleep(Math.max(0, 1_000 / SCRAPES_PER_SECOND - (performance.now() - began)));
  }
  return { milliseconds: milliseconds.sort((a, b) => a - b), failures, mostMebibytes };
}

function report(name: string, { milliseconds, failures, mostMebibytes }: Scrapes): void {
  const at = (share: number) => quantile(milliseconds, share).toFixed(1);
  console.log(
    `${name.padEnd(36)} p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${failures} of ${milliseconds.length} failed, ${mostMebibytes.toFixed(0)} MiB`,
  );
}

const HEAD = "host: 127.0.0.1\r\ncontent-type: application/json\r\n";
const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";

interface Attack {
  readonly connections: number;
  /** Sends the data of the attack over a connection that was just opened. */
  readonly begin: (socket: Socket) => void;
}

/** Sends as fast as the socket accepts data. */
function flood(first: Buffer, next: (round: number) => Buffer | string): (socket: Socket) => void {
  return (socket) => {
    let round = 0;
    const push = () => {
      while (!socket.destroyed && socket.write(next(round++)));
    };
    socket.write(first);
    socket.on("drain", push);
    push();
  };
}

/** Sends one byte every 100 ms. */
function trickle(first: string): (socket: Socket) => void {
  return (socket) => {
    socket.write(first);
    const timer = setInterval(() => socket.write("x"), 100);
    socket.once("close", () => clearInterval(timer));
  };
}

const many = (count: number, make: (index: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));

const resets = (round: number): Buffer =>
  many(100, (index) => {
    const stream = 2 * (100 * round + index) + 1;
    const request = frame(FRAME.headers, END_HEADERS | END_STREAM, stream, get("/metrics"));
    return Buffer.concat([request, frame(FRAME.reset, 0, stream, uint32(8))]);
  });

const pings = many(1_000, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8)));
const bomb = gzipSync(Buffer.alloc(48 * 1024 * 1024));
const bombHead = `POST ${RPC} HTTP/1.1\r\n${HEAD}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`;

const ATTACKS: Readonly<Record<string, Attack>> = {
  "1,000 idle connections": { connections: 1_000, begin: () => {} },
  "500 slow headers": { connections: 500, begin: trickle(`GET /metrics HTTP/1.1\r\n${HEAD}x: `) },
  "500 slow bodies": {
    connections: 500,
    begin: trickle(`POST ${RPC} HTTP/1.1\r\n${HEAD}content-length: 60000\r\n\r\n{"read_mask":"`),
  },
  "200 slow readers, 16 answers each": {
    connections: 200,
    begin: (socket) => {
      socket.pause();
      socket.write(`GET /metrics HTTP/1.1\r\n${HEAD}\r\n`.repeat(16));
    },
  },
  "rapid reset": { connections: 8, begin: flood(hello(), resets) },
  "CONTINUATION flood": {
    connections: 8,
    begin: flood(Buffer.concat([hello(), frame(FRAME.headers, 0, 1, get("/metrics"))]), () =>
      frame(FRAME.continuation, 0, 1, headers({ x: "a".repeat(10_000) })),
    ),
  },
  "PING flood": { connections: 8, begin: flood(hello(), () => pings) },
  "malformed frames": {
    connections: 8,
    begin: flood(hello(), () => frame(FRAME.data, 0, 0, Buffer.alloc(64))),
  },
  "gzip bombs": {
    connections: 8,
    begin: flood(Buffer.alloc(0), (round) => (round % 2 === 0 ? Buffer.from(bombHead) : bomb)),
  },
  pipelining: {
    connections: 8,
    begin: flood(Buffer.alloc(0), () => `GET /metrics HTTP/1.1\r\n${HEAD}\r\n`.repeat(1_000)),
  },
  "two lengths in a request": {
    connections: 8,
    begin: flood(
      Buffer.alloc(0),
      () => `POST ${RPC} HTTP/1.1\r\n${HEAD}content-length: 0\r\ncontent-length: 9\r\n\r\n`,
    ),
  },
};

function attack(port: number, { begin }: Attack): void {
  const socket = connect(port, "127.0.0.1", () => begin(socket));
  socket.on("error", () => {});
  socket.resume();
  socket.once("close", () => setTimeout(() => attack(port, { begin, connections: 1 }), 10));
}

if (import.meta.main) {
  const [, , port, name] = process.argv;
  const wanted = ATTACKS[name as string] as Attack;
  process.once("disconnect", () => process.exit());
  for (let index = 0; index < wanted.connections; index += 1) attack(Number(port), wanted);
}
