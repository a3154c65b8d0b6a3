/** TLS: the HTTP versions, the clients that are accepted, and the renewal of a certificate. */
import { writeFileSync } from "node:fs";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { credentials, loadPackageDefinition, Metadata } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MetricsService } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { startInProcess } from "../service/in-process.ts";
import { type RunningProgram, startProgram } from "../support/service.ts";
import { type Authority, createAuthority, shown } from "./certificates.ts";
import { bearer, byHttp1, byHttp2 } from "./http-request.ts";
import { expectRefused, expectRefusedByProgram, TLS_FILES } from "./refused.ts";
import { expectRenewalIsShown, handshake, tlsFlags } from "./renewal.ts";

const TOKEN = "the-only-token-of-this-test-0001";
const MISSING = "/nowhere.db";
const OPENAPI = "/openapi.json";

let authority: Authority;
let stranger: Authority;
beforeAll(() => {
  authority = createAuthority();
  stranger = createAuthority();
});
afterAll(() => {
  authority[Symbol.dispose]();
  stranger[Symbol.dispose]();
});

function transports(baseUrl: string, nodeOptions: object): Readonly<Record<string, Transport>> {
  return {
    connect1: createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions }),
    connect2: createConnectTransport({ baseUrl, httpVersion: "2", nodeOptions }),
    grpc: createGrpcTransport({ baseUrl, nodeOptions }),
    grpcWeb: createGrpcWebTransport({ baseUrl, httpVersion: "2", nodeOptions }),
  };
}

/** Calls GetMetrics through grpc-js, which has its own TLS settings. */
async function byGrpcJs(url: string, channel: ReturnType<typeof credentials.createSsl>, token?: string) {
  // biome-ignore lint/suspicious/noExplicitAny: what is made at run time has no types.
  const loaded: any = loadPackageDefinition(
    loadSync("orchestrator/metrics/v1/metrics.proto", {
      includeDirs: [new URL("../../proto", import.meta.url).pathname],
      keepCase: true,
    }),
  );
  const client = new loaded.orchestrator.metrics.v1.MetricsService(new URL(url).host, channel, {
    // Node 26 refuses an IP address as the name of a TLS server.
    "grpc.ssl_target_name_override": "localhost",
  });
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  try {
    return await new Promise<{ schema_version: number }>((resolve, reject) =>
      client.GetMetrics({}, metadata, (error: unknown, answer: { schema_version: number }) =>
        error ? reject(error) : resolve(answer),
      ),
    );
  } finally {
    client.close();
  }
}

describe("TLS", () => {
  let service: RunningProgram;
  let tokens: string;

  beforeAll(async () => {
    tokens = `${authority.folder}/tokens`;
    writeFileSync(tokens, TOKEN, { mode: 0o600 });
    const args = [...tlsFlags(authority.sign("server")), "--token-file", tokens];
    service = await startProgram(MISSING, { args });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it("serves HTTP/2 and HTTP/1.1 on one port through ALPN, and HTTP/1.1 without ALPN", async () => {
    expect(service.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const tls = { ca: authority.caText };
    for (const ask of [byHttp1, byHttp2]) {
      expect((await ask(`${service.url}/health`, { tls })).body).toBe('{"status":"ok"}');
      expect((await ask(service.url + OPENAPI, { tls })).status).toBe(401);
      expect((await ask(service.url + OPENAPI, { tls, headers: bearer(TOKEN) })).status).toBe(200);
    }
    const alpn = async (protocols: string[]) =>
      (await handshake(service.url, authority, protocols.length ? { ALPNProtocols: protocols } : {})).alpn;
    expect(await alpn(["h2", "http/1.1"])).toBe("h2");
    expect(await alpn(["http/1.1"])).toBe("http/1.1");
    expect(await alpn([])).toBe(false);
    await expect(alpn(["h3"])).rejects.toMatchObject({
      code: expect.stringContaining("NO_APPLICATION_PROTOCOL"),
    });
  });

  it("supports versions 1.2 and 1.3, and none older", async () => {
    const version = async (one: string) =>
      (
        await handshake(service.url, authority, {
          minVersion: one,
          maxVersion: one,
          ciphers: "DEFAULT:@SECLEVEL=0",
        })
      ).version;
    expect(await version("TLSv1.2")).toBe("TLSv1.2");
    expect(await version("TLSv1.3")).toBe("TLSv1.3");
    await expect(version("TLSv1.1")).rejects.toThrow();
  });

  it("leaves plain HTTP on that port unanswered", async () => {
    await expect(byHttp1(service.url.replace("https", "http"))).rejects.toThrow();
  });

  it("works for Connect, gRPC and gRPC-web clients with a token", async () => {
    const ca = authority.caText;
    for (const [name, transport] of Object.entries(transports(service.url, { ca }))) {
      const client = createClient(MetricsService, transport);
      expect((await client.getMetrics({}, { headers: bearer(TOKEN) })).schemaVersion, name).toBe(1);
      await expect(client.getMetrics({}), name).rejects.toThrow("unauthenticated");
    }
    const channel = credentials.createSsl(Buffer.from(authority.caText));
    expect((await byGrpcJs(service.url, channel, TOKEN)).schema_version).toBe(1);
    await expect(byGrpcJs(service.url, channel)).rejects.toMatchObject({
      code: 16,
      details: expect.stringContaining("bearer token"),
    });
  });
});

describe("client certificates", () => {
  it("from the CA give access without a token, over every protocol", async () => {
    const args = [...tlsFlags(authority.sign("server")), "--tls-client-ca", authority.ca];
    await using service = await startInProcess(MISSING, { args });
    const ca = authority.caText;
    const known = { ca, ...shown(authority.sign("prometheus")) };
    const unknown = { ca, ...shown(stranger.sign("stranger")) };
    for (const ask of [byHttp1, byHttp2]) {
      expect((await ask(service.url + OPENAPI, { tls: known })).status).toBe(200);
      await expect(ask(`${service.url}/health`, { tls: { ca } })).rejects.toThrow();
      await expect(ask(`${service.url}/health`, { tls: unknown })).rejects.toThrow();
    }
    for (const [name, transport] of Object.entries(transports(service.url, known)))
      expect((await createClient(MetricsService, transport).getMetrics({})).schemaVersion, name).toBe(1);
    for (const transport of Object.values(transports(service.url, unknown)))
      await expect(createClient(MetricsService, transport).getMetrics({})).rejects.toThrow();

    const roots = Buffer.from(ca);
    const channel = credentials.createSsl(roots, known.key, known.cert);
    expect((await byGrpcJs(service.url, channel)).schema_version).toBe(1);
    const refused = byGrpcJs(service.url, credentials.createSsl(roots, unknown.key, unknown.cert));
    await expect(refused).rejects.toMatchObject({ code: 14 });
  });

  it("are required in addition to a token if both are configured", async () => {
    const tokens = `${authority.folder}/both`;
    writeFileSync(tokens, TOKEN, { mode: 0o600 });
    const more = ["--tls-client-ca", authority.ca, "--token-file", tokens];
    await using service = await startInProcess(MISSING, {
      args: [...tlsFlags(authority.sign("server")), ...more],
    });
    const tls = { ca: authority.caText, ...shown(authority.sign("board")) };
    expect((await byHttp1(service.url + OPENAPI, { tls })).status).toBe(401);
    expect((await byHttp1(service.url + OPENAPI, { tls, headers: bearer(TOKEN) })).status).toBe(200);
  });
});

describe("a renewed certificate", () => {
  const times = { lookSeconds: 0.05 };

  it("is used for new connections, while open ones and their streams continue", async () => {
    const pair = authority.sign("before");
    await using service = await startInProcess(MISSING, { args: tlsFlags(pair), times });
    await expectRenewalIsShown(service, authority, pair);
  });
});

describe("startup fails with one line for", () => {
  for (const refused of TLS_FILES) it(refused.what, () => expectRefused(refused));

  it("the first of these in the program too", () => expectRefusedByProgram(TLS_FILES[0]));
});
