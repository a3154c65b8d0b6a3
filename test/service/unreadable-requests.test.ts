/** RPC requests that cannot be read: each fails with a message, as an error of the client. */
import { once } from "node:events";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, GET_METRICS, openSession, WATCH } from "../hostile/support/grpc.ts";
import { type RunningProgram, startProgram } from "../support/service.ts";

let program: RunningProgram;
beforeAll(async () => {
  program = await startProgram("/nonexistent/orchestrator.db");
});
afterAll(async () => {
  expect(program.log()).not.toContain('"level":50');
  await program[Symbol.asyncDispose]();
});

interface Refusal {
  readonly status: unknown;
  readonly message: string;
}

/**
 * Returns the status and message for gRPC and gRPC-web: from the trailers, or from the headers of a call
 * without a response.
 */
async function byGrpc(
  type: string,
  message: Buffer,
  encoding?: string,
  path = GET_METRICS,
): Promise<Refusal> {
  const session = await openSession(program.url);
  const stream = call(session, path, {
    message,
    compressed: encoding !== undefined,
    headers: { "content-type": type, ...(encoding !== undefined && { "grpc-encoding": encoding }) },
  });
  let headers: Record<string, unknown> = {};
  for (const event of ["response", "trailers"])
    stream.on(event, (head) => (headers = { ...headers, ...head }));
  let body = "";
  stream.setEncoding("latin1").on("data", (chunk) => (body += chunk));
  await once(stream, "close");
  session.destroy();
  // gRPC-web has its trailers in the body.
  const inBody = (name: string) => new RegExp(`${name}: (.*)\r\n`).exec(body)?.[1];
  return {
    status: Number(headers["grpc-status"] ?? inBody("grpc-status")),
    message: decodeURIComponent(String(headers["grpc-message"] ?? inBody("grpc-message"))),
  };
}

async function byConnect(type: string, body: Buffer, encoding?: string): Promise<Refusal> {
  const answer = await program.get(GET_METRICS, {
    method: "POST",
    headers: { "content-type": type, ...(encoding !== undefined && { "content-encoding": encoding }) },
    body: new Uint8Array(body),
  });
  const { code, message } = (await answer.json()) as { code: string; message: string };
  return { status: `${answer.status} ${code}`, message };
}

const FAULT = { connect: "400 invalid_argument", grpc: 3 };

/** Field 1 claims 127 bytes, but has one. */
const CUT_OFF = Buffer.from([0x0a, 0x7f, 0x01]);
const sound = Buffer.alloc(500, 7);

describe("a request that is not valid protobuf", () => {
  const message = expect.stringContaining("cannot parse the request message: ");

  it("is a client error over Connect, gRPC and gRPC-web", async () => {
    expect(await byConnect("application/proto", CUT_OFF)).toEqual({ status: FAULT.connect, message });
    for (const type of ["application/grpc", "application/grpc-web+proto"])
      expect(await byGrpc(type, CUT_OFF)).toEqual({ status: FAULT.grpc, message });
  });

  it("is a client error in a streaming call too, and after decompression", async () => {
    expect(await byGrpc("application/grpc", CUT_OFF, undefined, WATCH)).toEqual({
      status: FAULT.grpc,
      message,
    });
    expect(await byConnect("application/proto", gzipSync(CUT_OFF), "gzip")).toEqual({
      status: FAULT.connect,
      message,
    });
  });

  it("is a client error in the query of a GET, as is invalid base64", async () => {
    const ask = async (query: string) => {
      const answer = await program.get(`${GET_METRICS}?connect=v1&encoding=proto&base64=1&message=${query}`);
      return { status: answer.status, ...((await answer.json()) as object) };
    };
    expect(await ask(CUT_OFF.toString("base64url"))).toEqual({
      status: 400,
      code: "invalid_argument",
      message,
    });
    expect(await ask("!!!!")).toEqual({
      status: 400,
      code: "invalid_argument",
      message: 'the query parameter "message" is not valid base64',
    });
  });
});

describe("a compressed request", () => {
  const cases = [
    ["truncated", gzipSync(sound).subarray(0, 12)],
    ["not gzip", sound.subarray(0, 50)],
  ] as const;

  it.each(cases)("that cannot be decompressed is a client error: %s", async (_, body) => {
    const message = "the request body is not valid gzip, or is truncated";
    expect(await byConnect("application/proto", body, "gzip")).toEqual({ status: FAULT.connect, message });
    for (const type of ["application/grpc", "application/grpc-web+proto"])
      expect(await byGrpc(type, body, "gzip")).toEqual({ status: FAULT.grpc, message });
  });

  it("fails with the name of its compression if that is not gzip", async () => {
    const message = 'unknown compression "br": supported encodings are gzip';
    const body = brotliCompressSync(sound);
    expect(await byConnect("application/proto", body, "br")).toEqual({
      status: "501 unimplemented",
      message,
    });
    for (const type of ["application/grpc", "application/grpc-web+proto"])
      expect(await byGrpc(type, body, "br")).toEqual({ status: 12, message });
  });
});

describe("a request with a lone surrogate", () => {
  it("is a client error with a status", async () => {
    const half = Buffer.from('"\\ud800"');
    for (const type of ["application/grpc+json", "application/grpc-web+json"])
      expect(await byGrpc(type, half)).toEqual({
        status: FAULT.grpc,
        message: "the request contains text that is not valid Unicode",
      });
    expect(await byConnect("application/json", half)).toMatchObject({ status: FAULT.connect });
  });
});
