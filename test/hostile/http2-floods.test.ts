/** HTTP/2 floods and protocol errors: the connection is closed, and other clients are not affected. */
import { once } from "node:events";
import http2 from "node:http2";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/service.ts";
import { underAttack } from "./support/attack.ts";
import {
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  frames,
  frameTypes,
  get,
  goAwayCode,
  headers,
  hello,
  resetCodes,
  settingsPayload,
  uint32,
} from "./support/frames.ts";
import { openRaw } from "./support/raw.ts";

/** The check of bytes outside requests runs this often. The limit in bytes a second stays the same. */
const attack = underAttack({ times: { lookSeconds: 0.25 } });

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_PROTOCOL_ERROR } = http2.constants;

/** Sends these repeatedly until the other side closes. Resolves with everything received. */
async function flood(makeNext: (round: number) => Buffer, { reads = true } = {}): Promise<Buffer> {
  using raw = await openRaw(attack.port, { reads });
  raw.send(hello());
  let round = 0;
  const push = () => {
    while (!raw.socket.destroyed && raw.socket.write(makeNext(round++)));
  };
  raw.socket.on("drain", push);
  push();
  await raw.closed;
  return raw.received();
}

const many = (count: number, make: (index: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));

const stream = (index: number): number => 2 * index + 1;

describe("an HTTP/2 connection is closed if the client", () => {
  it("opens streams and resets them at once (CVE-2023-44487)", async () => {
    await flood((round) =>
      many(100, (index) => {
        const id = stream(100 * round + index);
        const request = frame(FRAME.headers, END_HEADERS | END_STREAM, id, get("/metrics"));
        return Buffer.concat([request, frame(FRAME.reset, 0, id, uint32(8))]);
      }),
    );
  });

  it("never ends a header (CVE-2024-27316)", async () => {
    let opened = false;
    await flood(() => {
      const type = opened ? FRAME.continuation : FRAME.headers;
      const block = opened ? headers({ "x-a": "b" }) : get("/metrics");
      opened = true;
      return frame(type, 0, 1, block);
    });
  });

  it("sends empty CONTINUATION frames", async () => {
    let opened = false;
    await flood(() => {
      if (opened) return many(1_000, () => frame(FRAME.continuation, 0, 1));
      opened = true;
      return frame(FRAME.headers, 0, 1, get("/metrics"));
    });
  });

  for (const [name, one] of [
    ["PING (CVE-2019-9512)", frame(FRAME.ping, 0, 0, Buffer.alloc(8))],
    ["SETTINGS (CVE-2019-9515)", frame(FRAME.settings, 0, 0, settingsPayload([4, 65_535]))],
    ["PRIORITY (CVE-2019-9513)", frame(FRAME.priority, 0, 3, Buffer.from([0, 0, 0, 1, 16]))],
    ["WINDOW_UPDATE", frame(FRAME.windowUpdate, 0, 0, uint32(1))],
    ["frames of an unknown type", frame(0x7f, 0, 0, Buffer.alloc(64))],
  ] as const) {
    for (const reads of [true, false]) {
      it(`floods with ${name}, and ${reads ? "reads" : "does not read"} the responses`, async () => {
        const batch = many(1_000, () => one);
        await flood(() => batch, { reads });
      });
    }
  }

  it("sends empty DATA frames (CVE-2019-9518)", async () => {
    let opened = false;
    await flood(() => {
      if (opened) return many(1_000, () => frame(FRAME.data, 0, 1));
      opened = true;
      return frame(FRAME.headers, END_HEADERS, 1, get("/metrics"));
    });
  });

  const broken: Readonly<Record<string, Buffer>> = {
    "an oversized frame": Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1])]),
    "headers on stream 0": frame(FRAME.headers, END_HEADERS | END_STREAM, 0, get("/metrics")),
    "a stream with an even number": frame(FRAME.headers, END_HEADERS | END_STREAM, 2, get("/metrics")),
    "DATA on stream 0": frame(FRAME.data, 0, 0, Buffer.alloc(16)),
    "headers that are not valid HPACK": frame(
      FRAME.headers,
      END_HEADERS | END_STREAM,
      1,
      Buffer.alloc(64, 0xff),
    ),
    "SETTINGS with half a setting": frame(FRAME.settings, 0, 0, Buffer.alloc(5)),
    "a window of more than 31 bits": frame(FRAME.settings, 0, 0, settingsPayload([4, 0xffff_ffff])),
    "a PING of seven bytes": frame(FRAME.ping, 0, 0, Buffer.alloc(7)),
    "a CONTINUATION without headers": frame(FRAME.continuation, END_HEADERS, 1, get("/metrics")),
    "a push from the client": frame(FRAME.pushPromise, END_HEADERS, 1, Buffer.alloc(8)),
    "a window above its maximum": many(2, () => frame(FRAME.windowUpdate, 0, 0, uint32(0x7fff_ffff))),
  };
  for (const [name, bytes] of Object.entries(broken)) {
    it(`sends ${name}`, async () => {
      using raw = await openRaw(attack.port);
      raw.send(Buffer.concat([hello(), bytes]));
      await raw.closed;
      expect(goAwayCode(raw.received())).toBeGreaterThan(0);
    });
  }

  it("does not start with the HTTP/2 preface", async () => {
    using raw = await openRaw(attack.port);
    raw.send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
    await raw.closed;
  });
});

describe("an HTTP/2 stream fails without its connection", () => {
  /** Opens the streams. Resolves with everything received once a PING sent after them is answered. */
  async function ask(...blocks: readonly Buffer[]): Promise<Buffer> {
    using raw = await openRaw(attack.port);
    raw.send(hello());
    for (const [index, block] of blocks.entries()) {
      raw.send(frame(FRAME.headers, END_STREAM, stream(index), block.subarray(0, 16_000)));
      raw.send(frame(FRAME.continuation, END_HEADERS, stream(index), block.subarray(16_000)));
    }
    raw.send(frame(FRAME.ping, 0, 0, Buffer.from("survived")));
    await eventually("every stream has ended", () => ended(raw.received()) === blocks.length);
    await eventually("the PING is answered", () => frameTypes(raw.received()).includes(FRAME.ping));
    return raw.received();
  }

  const ended = (received: Buffer) =>
    frames(received).filter(
      ({ type, flags }) => type === FRAME.reset || (type === FRAME.data && flags & END_STREAM),
    ).length;

  const longFields = Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [`x-${index}`, "a".repeat(1_700)]),
  );

  it("with 431 if its headers exceed 16 KiB", async () => {
    expect((await ask(get("/metrics", longFields))).toString()).toContain('{"code":"resource_exhausted"');
  });

  it("with a reset if its headers exceed 16 KiB after the settings were acknowledged", async () => {
    const client = http2.connect(attack.service.url);
    await once(client, "remoteSettings");
    await client.ping(() => {});
    const request = client.request({ ":path": "/metrics", ...longFields });
    await expect(once(request, "response")).rejects.toThrow("NGHTTP2_ENHANCE_YOUR_CALM");
    client.close();
  });

  it("if it has more than 128 headers", async () => {
    const fields = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x${index}`, ""]));
    expect(resetCodes(await ask(get("/health", fields)))).toEqual([NGHTTP2_ENHANCE_YOUR_CALM]);
  });

  it("if it has headers that HTTP/2 forbids, as in request smuggling", async () => {
    const shapes = [
      get("/health", { connection: "close" }),
      get("/health", { "transfer-encoding": "chunked" }),
      get("/health", { "X-Upper": "case" }),
      get("/health", { ":authority": "127.0.0.1\r\nx: y" }),
      get("/health", { ":path": "/health\r\nx: y" }),
      headers({ ":method": "GET", ":path": "/health" }),
    ];
    const codes = resetCodes(await ask(...shapes));
    expect(codes).toEqual(shapes.map(() => NGHTTP2_PROTOCOL_ERROR));
  });

  it("except that a header with a line break is only dropped", async () => {
    expect((await ask(get("/health", { "x-a": "b\r\nhost: elsewhere" }))).toString()).toContain(
      '{"status":"ok"}',
    );
  });

  it("if it is an RPC without a valid host", async () => {
    const path = "/orchestrator.metrics.v1.MetricsService/GetMetrics";
    const query = "?connect=v1&encoding=json&message=%7B%7D";
    const received = await ask(
      get(path + query, { ":authority": "[" }),
      headers({ ":method": "GET", ":scheme": "http", ":path": path + query }),
    );
    expect(received.toString().match(/"invalid_argument"/g)).toHaveLength(1);
    expect(resetCodes(received)).toEqual([NGHTTP2_PROTOCOL_ERROR]);
  });
});
