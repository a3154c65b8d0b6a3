/**
 * A process that attacks: `attacker.ts PORT NAME`, until its parent goes. Whatever is cut off comes back at once, so that
 * what is measured is not a service that has got rid of its attackers.
 */
import { connect, type Socket } from "node:net";
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

const HEAD = "host: 127.0.0.1\r\ncontent-type: application/json\r\n";
const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";

interface Attack {
  readonly connections: number;
  /** Sends what the attack sends over a connection that was just opened. */
  readonly begin: (socket: Socket) => void;
}

/** As fast as the socket takes it. */
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

/** One byte each 100 ms. */
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
const nothing = Buffer.alloc(0);

export const ATTACKS: Readonly<Record<string, Attack>> = {
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
    begin: flood(nothing, (round) => (round % 2 === 0 ? Buffer.from(bombHead) : bomb)),
  },
  pipelining: {
    connections: 8,
    begin: flood(nothing, () => `GET /metrics HTTP/1.1\r\n${HEAD}\r\n`.repeat(1_000)),
  },
  "two lengths in a request": {
    connections: 8,
    begin: flood(
      nothing,
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
