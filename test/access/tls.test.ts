/** TLS as its users meet it: which HTTP it speaks, whom it lets in, and how a certificate takes another's place. */
import { writeFileSync } from "node:fs";
import { connect } from "node:tls";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { credentials, loadPackageDefinition, Metadata } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Health } from "../../gen/grpc/health/v1/health_pb.js";
import { MetricsService } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { eventually, type RunningProgram, runProgram, startProgram } from "../support/service.ts";
import { bearer, byHttp1, byHttp2 } from "./ask.ts";
import { type Authority, createAuthority, type Pair, replacePair, shown } from "./certificates.ts";

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

const tlsFlags = ({ certificate, key }: Pair) => ["--tls-certificate", certificate, "--tls-key", key];

/** What a TLS client agrees on with the service, or the error that it gets. */
function handshake(url: string, options: object): Promise<{ alpn: unknown; version: unknown; name: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca: authority.caText, ...options });
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      resolve({
        alpn: socket.alpnProtocol,
        version: socket.getProtocol(),
        name: String(socket.getPeerCertificate().subject.CN),
      });
      socket.destroy();
    });
  });
}

function transports(baseUrl: string, nodeOptions: object): Readonly<Record<string, Transport>> {
  return {
    connect1: createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions }),
    connect2: createConnectTransport({ baseUrl, httpVersion: "2", nodeOptions }),
    grpc: createGrpcTransport({ baseUrl, nodeOptions }),
    grpcWeb: createGrpcWebTransport({ baseUrl, httpVersion: "2", nodeOptions }),
  };
}

/** Calls GetMetrics by grpc-js, which brings a TLS of its own. */
async function byGrpcJs(url: string, channel: ReturnType<typeof credentials.createSsl>, token?: string) {
  // biome-ignore lint/suspicious/noExplicitAny: what is made at run time has no types.
  const loaded: any = loadPackageDefinition(
    loadSync("orchestrator/metrics/v1/metrics.proto", {
      includeDirs: [new URL("../../proto", import.meta.url).pathname],
      keepCase: true,
    }),
  );
  const client = new loaded.orchestrator.metrics.v1.MetricsService(new URL(url).host, channel);
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

describe("over TLS", () => {
  let service: RunningProgram;
  let tokens: string;

  beforeAll(async () => {
    tokens = `${authority.folder}/tokens`;
    writeFileSync(tokens, TOKEN, { mode: 0o600 });
    const args = [...tlsFlags(authority.sign("server")), "--token-file", tokens];
    service = await startProgram(MISSING, { args });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it("HTTP/2 and HTTP/1.1 share the port, by ALPN, and none of it means HTTP/1.1", async () => {
    expect(service.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const tls = { ca: authority.caText };
    for (const ask of [byHttp1, byHttp2]) {
      expect((await ask(`${service.url}/health`, { tls })).body).toBe('{"status":"ok"}');
      expect((await ask(service.url + OPENAPI, { tls })).status).toBe(401);
      expect((await ask(service.url + OPENAPI, { tls, headers: bearer(TOKEN) })).status).toBe(200);
    }
    const alpn = async (protocols: string[]) =>
      (await handshake(service.url, protocols.length ? { ALPNProtocols: protocols } : {})).alpn;
    expect(await alpn(["h2", "http/1.1"])).toBe("h2");
    expect(await alpn(["http/1.1"])).toBe("http/1.1");
    expect(await alpn([])).toBe(false);
    await expect(alpn(["h3"])).rejects.toMatchObject({
      code: expect.stringContaining("NO_APPLICATION_PROTOCOL"),
    });
  });

  it("speaks TLS 1.2 and 1.3, and nothing older", async () => {
    const version = async (one: string) =>
      (await handshake(service.url, { minVersion: one, maxVersion: one, ciphers: "DEFAULT:@SECLEVEL=0" }))
        .version;
    expect(await version("TLSv1.2")).toBe("TLSv1.2");
    expect(await version("TLSv1.3")).toBe("TLSv1.3");
    await expect(version("TLSv1.1")).rejects.toThrow();
  });

  it("answers no plain HTTP on that port", async () => {
    await expect(byHttp1(service.url.replace("https", "http"))).rejects.toThrow();
  });

  it("is called by Connect, gRPC and gRPC-web clients with a token", async () => {
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
  it("let in who has one of the CA, with no token needed, over every protocol", async () => {
    const args = [...tlsFlags(authority.sign("server")), "--tls-client-ca", authority.ca];
    await using service = await startProgram(MISSING, { args });
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

  it("are needed beside the token where there are both", async () => {
    const tokens = `${authority.folder}/both`;
    writeFileSync(tokens, TOKEN, { mode: 0o600 });
    const more = ["--tls-client-ca", authority.ca, "--token-file", tokens];
    await using service = await startProgram(MISSING, {
      args: [...tlsFlags(authority.sign("server")), ...more],
    });
    const tls = { ca: authority.caText, ...shown(authority.sign("board")) };
    expect((await byHttp1(service.url + OPENAPI, { tls })).status).toBe(401);
    expect((await byHttp1(service.url + OPENAPI, { tls, headers: bearer(TOKEN) })).status).toBe(200);
  });
});

describe("a certificate that is renewed", () => {
  it("is shown to the next connections; those that are open, and their streams, go on", async () => {
    const pair = authority.sign("before");
    await using service = await startProgram(MISSING, { args: tlsFlags(pair) });
    const name = async () => (await handshake(service.url, {})).name;
    expect(await name()).toBe("before");

    const ca = authority.caText;
    const statuses: number[] = [];
    const abort = new AbortController();
    const transport = createGrpcTransport({ baseUrl: service.url, nodeOptions: { ca } });
    const health = createClient(Health, transport);
    const watching = (async () => {
      for await (const { status } of health.watch({}, { signal: abort.signal })) statuses.push(status);
    })().catch((error: unknown) => error);
    await eventually("the watch has begun", () => statuses.length === 1);

    replacePair(pair, authority.sign("after"));
    await eventually("the next connection sees the new one", async () => (await name()) === "after");
    expect((await health.check({})).status).toBe(statuses[0]);
    expect(abort.signal.aborted).toBe(false);
    abort.abort();
    expect(String(await watching)).toContain("canceled");
  });

  it("but does not fit its key, or is none, leaves the last in force and is told", async () => {
    const pair = authority.sign("sound");
    await using service = await startProgram(MISSING, { args: tlsFlags(pair) });
    const other = shown(authority.sign("other"));
    const faults: [string, () => void][] = [
      ["--tls-key: it is not the key of --tls-certificate", () => writeFileSync(pair.key, other.key)],
      ["--tls-certificate: it holds no certificate in PEM", () => writeFileSync(pair.certificate, "none")],
      [
        "--tls-key: it holds no private key in PEM",
        () => {
          writeFileSync(pair.certificate, other.cert);
          writeFileSync(pair.key, "none");
        },
      ],
    ];
    for (const [words, spoil] of faults) {
      spoil();
      await eventually(words, () => service.log().includes(words));
      expect((await handshake(service.url, {})).name).toBe("sound");
    }
    writeFileSync(pair.key, other.key);
    await eventually("both fit", async () => (await handshake(service.url, {})).name === "other");
  });

  it("and a CA that is replaced decides over the next connections, resumed ones too", async () => {
    const ca = `${authority.folder}/clients.pem`;
    writeFileSync(ca, authority.caText);
    const args = [...tlsFlags(authority.sign("server")), "--tls-client-ca", ca];
    await using service = await startProgram(MISSING, { args });
    const [ours, theirs] = [shown(authority.sign("ours")), shown(stranger.sign("theirs"))];
    const answers = async (client: object) =>
      (
        await byHttp1(`${service.url}/health`, { tls: { ca: authority.caText, ...client } }).catch(
          () => undefined,
        )
      )?.status;
    expect([await answers(ours), await answers(theirs)]).toEqual([200, undefined]);
    writeFileSync(ca, stranger.caText);
    await eventually("theirs are let in", async () => (await answers(theirs)) === 200);
    expect(await answers(ours)).toBeUndefined();
  });
});

describe("TLS files that cannot be used end the start with one line", () => {
  const cases: [string, (pair: Pair, text: string) => string[], string][] = [
    [
      "no key",
      ({ certificate }) => ["--tls-certificate", certificate],
      "--tls-certificate needs --tls-key too",
    ],
    ["a CA alone", () => ["--tls-client-ca", authority.ca], "--tls-client-ca needs --tls-certificate too"],
    [
      "no certificate in it",
      (pair, text) => tlsFlags({ ...pair, certificate: text }),
      "holds no certificate",
    ],
    ["no key in it", (pair, text) => tlsFlags({ ...pair, key: text }), "--tls-key: it holds no private key"],
    ["another's key", (pair) => tlsFlags({ ...pair, key: authority.sign("other").key }), "is not the key of"],
    ["no such file", (pair) => tlsFlags({ ...pair, key: "/nowhere" }), "--tls-key: there is no such file"],
    [
      "no CA in it",
      (pair, text) => [...tlsFlags(pair), "--tls-client-ca", text],
      "--tls-client-ca: it holds",
    ],
  ];
  for (const [what, args, words] of cases) {
    it(what, async () => {
      const text = `${authority.folder}/text`;
      writeFileSync(text, "no PEM\n", { mode: 0o600 });
      const flags = args(authority.sign("server"), text);
      const { code, stderr } = await runProgram(["serve", "--database", "x", ...flags]);
      expect(code).toBe(1);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(stderr).toContain(words);
    });
  }
});
