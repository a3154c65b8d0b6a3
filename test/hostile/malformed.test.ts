/**
 * Invalid requests, and those that another program could read as two: they fail, and the connection is
 * closed.
 */
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/service.ts";
import { expectNothingInside, underAttack } from "./support/attack.ts";
import { exchange, openRaw, statuses } from "./support/raw.ts";

const attack = underAttack();

const HEAD = "GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n";
const SMUGGLED = "GET /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";
const POST = "POST /orchestrator.metrics.v1.MetricsService/GetMetrics HTTP/1.1\r\nhost: 127.0.0.1\r\n";

/** Node itself responds to these. */
const NO_HTTP: Readonly<Record<string, string | Buffer>> = {
  "random bytes": Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256)),
  "a TLS greeting": Buffer.from("16030100c8010000c40303", "hex"),
  "zero bytes": Buffer.alloc(1024),
  "another protocol": "SSH-2.0-OpenSSH_9.2\r\n\r\n",
  "a future HTTP version": "GET /metrics HTTP/9.9\r\nhost: 127.0.0.1\r\n\r\n",
  "a control character in a header": `${HEAD}x: a\u0000b\r\n\r\n`,
  "a header without a name": `${HEAD}: value\r\n\r\n`,
  "bare line feeds": "GET /health HTTP/1.1\nhost: 127.0.0.1\n\n",
};

const WRONG_HOSTS = {
  "a request without a host": "GET /metrics HTTP/1.1\r\n\r\n",
  "a request with two hosts": `${HEAD}host: elsewhere\r\n\r\n`,
};

const SMUGGLING: Readonly<Record<string, string>> = {
  "a length with chunks": `${POST}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  "two lengths": `${POST}content-length: 0\r\ncontent-length: 44\r\n\r\n${SMUGGLED}`,
  "a length with a sign": `${POST}content-length: +0\r\n\r\n${SMUGGLED}`,
  "a length in hexadecimal": `${POST}content-length: 0x0\r\n\r\n${SMUGGLED}`,
  "a list of lengths": `${POST}content-length: 0, 0\r\n\r\n${SMUGGLED}`,
  "a length with letters": `${POST}content-length: 0abc\r\n\r\n${SMUGGLED}`,
  "a space before the colon": `${POST}transfer-encoding : chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  "an encoding after chunked": `${POST}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  "an unknown encoding": `${POST}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  "a folded header": `${POST}transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  "a chunk without its size": `${POST}transfer-encoding: chunked\r\n\r\nzz\r\n\r\n${SMUGGLED}`,
  "a chunk longer than 64 bits": `${POST}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n${SMUGGLED}`,
  "a chunk that ends with a line feed": `${POST}transfer-encoding: chunked\r\n\r\n0\n\n${SMUGGLED}`,
  "a carriage return in a header": `${POST}x: a\rcontent-length: 44\r\n\r\n${SMUGGLED}`,
};

describe("the HTTP/1.1 server", () => {
  for (const [name, bytes] of Object.entries({ ...NO_HTTP, ...WRONG_HOSTS })) {
    it(`rejects ${name}, and closes the connection`, async () => {
      const answer = await exchange(attack.port, bytes);
      expect(statuses(answer), answer).toEqual([400]);
      if (name in WRONG_HOSTS) expect(answer).toContain('"code":"invalid_argument"');
      expectNothingInside(answer);
    });
  }

  for (const [name, bytes] of Object.entries(SMUGGLING)) {
    it(`does not read a second request after ${name}`, async () => {
      const answer = await exchange(attack.port, bytes);
      expect(statuses(answer), answer).toEqual([400]);
      expect(answer).not.toContain("schema_version");
      expectNothingInside(answer);
    });
  }

  it("returns 431 for a path or headers of more than 16 KiB, and closes the connection", async () => {
    const long = "x".repeat(16 * 1024);
    for (const request of [
      `GET /${long} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`,
      `${HEAD}x: ${long}\r\n\r\n`,
      `${HEAD}${"a: b\r\n".repeat(4_000)}\r\n`,
    ]) {
      expect(statuses(await exchange(attack.port, request))).toEqual([431]);
    }
  });

  it("delivers the error to a client that reads only after it sent everything", async () => {
    for (const [part, status] of [
      ["x: y\r\n".repeat(10_000), 431],
      ["no header\r\n".repeat(5_000), 400],
    ] as const) {
      using raw = await openRaw(attack.port, { reads: false });
      raw.send(HEAD);
      for (let sent = 0; sent < 5; sent += 1) {
        raw.send(part);
        await setTimeout(20);
      }
      let text = "";
      raw.socket.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
      });
      await raw.closed;
      expect(statuses(text)).toEqual([status]);
    }
  });

  it("answers sixteen pipelined requests in order, and closes the connection on a thousand", async () => {
    const paths = Array.from({ length: 16 }, (_, index) => (index % 2 === 0 ? "/health" : "/nowhere"));
    const answer = await exchange(
      attack.port,
      paths
        .map(
          (path, index) =>
            `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${index === 15 ? "connection: close\r\n" : ""}\r\n`,
        )
        .join(""),
    );
    expect(statuses(answer)).toEqual(paths.map((path) => (path === "/health" ? 200 : 404)));
    const cut = await exchange(attack.port, `${HEAD}\r\n`.repeat(1_000));
    expect(statuses(cut).length).toBeLessThan(16);
    await eventually("the log says so", () =>
      attack.service.log().includes("too many requests were sent without waiting for responses"),
    );
  });

  it("closes the connection on an endless body that no handler reads", async () => {
    using raw = await openRaw(attack.port);
    raw.send("GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n");
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const push = () => {
      while (!raw.socket.destroyed && raw.socket.write(chunk));
    };
    raw.socket.on("drain", push);
    push();
    await raw.closed;
    expect(statuses(raw.text())).toEqual([413]);
  });

  it("offers neither an upgrade nor a tunnel", async () => {
    const upgrade = await exchange(
      attack.port,
      `${HEAD}connection: upgrade, http2-settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n\r\n`,
    );
    expect(statuses(upgrade)).toEqual([200]);
    expect(await exchange(attack.port, "CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n")).toBe(
      "",
    );
  });
});
