/**
 * `fetch` over Node's HTTP client. The built-in one keeps a queue of 16 KiB per target, and accepts neither a CA nor a
 * certificate per target. Connections stay open between polls while the target allows it.
 */
import { once } from "node:events";
import { Agent, type IncomingMessage, request as overHttp } from "node:http";
import { request as overTls, Agent as TlsAgent } from "node:https";
import { authoritiesIn, certificatesIn } from "../../shared/certificates.ts";
import { explained, OperatorError } from "../../shared/operator-error.ts";
import { readSmallFile } from "../../shared/small-file.ts";
import type { TlsFiles } from "../config/targets-file.ts";

const AGENT = new Agent({ keepAlive: true });
const TLS_AGENT = new TlsAgent({ keepAlive: true });

/**
 * For calls without a body. `files` are read for each call, so that they can be replaced. Rejects like `fetch`, with a
 * TypeError that has the cause. Returns slightly more than `mostBytes` of an answer, so that the client refuses it.
 */
export function nodeFetch(files: TlsFiles, mostBytes: number): typeof globalThis.fetch {
  return async (input, init) => {
    const { url, method, headers, signal } = new Request(input, init);
    try {
      const texts = Object.entries(files).map(([name, path]) => pem(name as keyof TlsFiles, path));
      const options = {
        method,
        headers: { ...Object.fromEntries(headers), "accept-encoding": "identity" },
        signal,
        ...Object.fromEntries(texts),
      };
      const sent = url.startsWith("https:")
        ? overTls(url, { ...options, agent: TLS_AGENT })
        : overHttp(url, { ...options, agent: AGENT });
      // Errors after the answer has begun appear in its body.
      sent.on("error", () => {});
      const [answer] = (await once(sent.end(), "response")) as [IncomingMessage];
      return new Response(await bodyOf(answer, mostBytes), {
        status: answer.statusCode ?? 0,
        headers: Object.entries(answer.headersDistinct).map(([name, values]) => [name, String(values)]),
      });
    } catch (error) {
      if (error instanceof OperatorError) throw error;
      throw signal.aborted ? signal.reason : new TypeError("fetch failed", { cause: error });
    }
  };
}

/** Null for statuses with which `Response` accepts no body. */
async function bodyOf(answer: IncomingMessage, mostBytes: number): Promise<Buffer<ArrayBuffer> | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes > mostBytes) break;
  }
  return bytes === 0 ? null : Buffer.concat(parts);
}

const OPTIONS = { ca_file: "ca", certificate_file: "cert", key_file: "key" } as const;

/**
 * Returns the option of Node's client for a file, and its contents. Throws OperatorError if the file cannot be read, or one of
 * its certificates cannot be used.
 */
function pem(name: keyof TlsFiles, path: string): readonly [option: string, text: string] {
  return explained(`its ${name} cannot be used`, () => {
    const { text } = readSmallFile(path);
    if (name === "ca_file") authoritiesIn(text);
    if (name === "certificate_file") certificatesIn(text);
    return [OPTIONS[name], text];
  });
}
