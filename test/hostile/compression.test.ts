/** Requests that are small until decompressed. They fail once they exceed the body limit. */
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { underAttack } from "./support/attack.ts";
import { call, GET_METRICS, grpcStatus, openSession } from "./support/grpc.ts";

const attack = underAttack();

const ZEROS = Buffer.alloc(64 * 1024 * 1024);
const BOMB = gzipSync(ZEROS);
/** The maximum size of a body as sent. This one has 64 MiB once decompressed. */
const MOST_BYTES = 64 * 1024;

describe("a request of 64 MiB once decompressed", () => {
  it("is small enough to be sent", () => {
    expect(BOMB.length).toBeLessThan(MOST_BYTES);
  });

  it("fails over Connect", async () => {
    const answer = await attack.service.get(GET_METRICS, {
      method: "POST",
      headers: { "content-type": "application/proto", "content-encoding": "gzip" },
      body: BOMB,
    });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: "resource_exhausted" });
  });

  it("fails over gRPC", async () => {
    const session = await openSession(attack.service.url);
    const headers = { "grpc-encoding": "gzip" };
    const stream = call(session, GET_METRICS, { message: BOMB, compressed: true, headers });
    expect(await grpcStatus(stream)).toBe(8);
    session.destroy();
  });

  it("fails in the query of a GET", async () => {
    // A path and its headers may have 16 KiB.
    const message = gzipSync(ZEROS.subarray(0, 8 * 1024 * 1024)).toString("base64url");
    const answer = await attack.service.get(
      `${GET_METRICS}?connect=v1&encoding=proto&base64=1&compression=gzip&message=${message}`,
    );
    expect(answer.status).toBe(429);
    expect(await answer.json()).toMatchObject({ code: "resource_exhausted" });
  });

  it("is not decompressed on a path other than the RPC", async () => {
    const answer = await attack.service.get("/metrics", {
      method: "POST",
      headers: { "content-encoding": "gzip" },
      body: BOMB.subarray(0, 60_000),
    });
    expect(answer.status).toBe(405);
  });
});

describe("an invalidly compressed request", () => {
  it("fails as such over Connect and gRPC", async () => {
    const answer = await attack.service.get(GET_METRICS, {
      method: "POST",
      headers: { "content-type": "application/proto", "content-encoding": "gzip" },
      body: Buffer.alloc(100, 7),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: "invalid_argument" });
    const session = await openSession(attack.service.url);
    const headers = { "grpc-encoding": "gzip" };
    const stream = call(session, GET_METRICS, { message: Buffer.alloc(100, 7), compressed: true, headers });
    expect(await grpcStatus(stream)).toBe(3);
    session.close();
    await once(session, "close");
  });
});
