/** TLS files that are replaced while a service runs. */
import { writeFileSync } from "node:fs";
import { connect } from "node:tls";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect } from "vitest";
import { Health } from "../../gen/grpc/health/v1/health_pb.js";
import type { InProcess } from "../service/in-process.ts";
import { eventually } from "../support/service.ts";
import { type Authority, type Pair, replacePair, shown } from "./certificates.ts";
import { byHttp1 } from "./http-request.ts";

export const tlsFlags = ({ certificate, key }: Pair) => ["--tls-certificate", certificate, "--tls-key", key];

/** Resolves with what a TLS client and the service agree on, or with the client's error. */
export function handshake(
  url: string,
  { caText }: Authority,
  options: object = {},
): Promise<{ alpn: unknown; version: unknown; name: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca: caText, ...options });
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

/** Expects a service with this pair, which is for the name `before`, to use its replacement. */
export async function expectRenewalIsShown(
  service: InProcess,
  authority: Authority,
  pair: Pair,
): Promise<void> {
  const name = async () => (await handshake(service.url, authority)).name;
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
}

/**
 * Expects a service with this pair, which is for the name `sound`, to keep it if the replacement is invalid.
 */
export async function expectUnusableLeavesTheLast(
  service: InProcess,
  authority: Authority,
  pair: Pair,
): Promise<void> {
  const other = shown(authority.sign("other"));
  const faults: [string, () => void][] = [
    ["--tls-key: the key does not match --tls-certificate", () => writeFileSync(pair.key, other.key)],
    ["--tls-certificate: the file has no PEM certificate", () => writeFileSync(pair.certificate, "none")],
    [
      "--tls-key: the file has no PEM private key",
      () => {
        writeFileSync(pair.certificate, other.cert);
        writeFileSync(pair.key, "none");
      },
    ],
  ];
  for (const [words, spoil] of faults) {
    spoil();
    await eventually(words, () => service.log().includes(words));
    expect((await handshake(service.url, authority)).name).toBe("sound");
  }
  writeFileSync(pair.key, other.key);
  await eventually("both fit", async () => (await handshake(service.url, authority)).name === "other");
}

/**
 * Expects a service with a certificate from `known`, and with the client CA of `known` in the file `ca`, to
 * use the CA's replacement.
 */
export async function expectCaIsReplaced(
  service: InProcess,
  [known, stranger]: readonly [Authority, Authority],
  ca: string,
): Promise<void> {
  const [ours, theirs] = [shown(known.sign("ours")), shown(stranger.sign("theirs"))];
  const answers = async (client: object) =>
    (await byHttp1(`${service.url}/health`, { tls: { ca: known.caText, ...client } }).catch(() => undefined))
      ?.status;
  expect([await answers(ours), await answers(theirs)]).toEqual([200, undefined]);
  writeFileSync(ca, stranger.caText);
  await eventually("their clients are accepted", async () => (await answers(theirs)) === 200);
  expect(await answers(ours)).toBeUndefined();
}
