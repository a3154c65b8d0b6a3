/**
 * `fetch` for a target with a CA of its own, or one that asks for a certificate: the platform's takes neither. Its files
 * are read for each call, so that they may be replaced.
 */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { Readable } from "node:stream";
import { authoritiesIn, certificatesIn } from "../../shared/certificates.ts";
import { OperatorError } from "../../shared/operator-error.ts";
import { readSmallFile } from "../../shared/small-file.ts";
import { explained } from "../config/files.ts";
import type { TlsFiles } from "../config/targets-file.ts";

/** For calls without a body, as the client's are. Rejects as `fetch` does: with a TypeError that has the cause. */
export function tlsFetch(files: TlsFiles): typeof globalThis.fetch {
  return async (input, init) => {
    const { url, method, headers, signal } = new Request(input, init);
    try {
      const texts = Object.entries(files).map(([name, path]) => [name, pemOf(name as keyof TlsFiles, path)]);
      const options = { method, headers: Object.fromEntries(headers), signal, agent: false };
      const sent = request(url, { ...options, ...Object.fromEntries(texts) }).end();
      // What goes wrong once the answer has begun is told by its body.
      sent.on("error", () => {});
      const [answer] = (await once(sent, "response")) as [IncomingMessage];
      return new Response(Readable.toWeb(answer) as ReadableStream, {
        status: answer.statusCode ?? 0,
        headers: Object.entries(answer.headersDistinct).map(([name, values]) => [name, String(values)]),
      });
    } catch (error) {
      if (error instanceof OperatorError) throw error;
      throw signal.aborted ? signal.reason : new TypeError("fetch failed", { cause: error });
    }
  };
}

const NAMES = { ca: "ca_file", cert: "certificate_file", key: "key_file" } as const;

/** Throws OperatorError where the file cannot be read, or one of its certificates cannot be used. */
function pemOf(name: keyof TlsFiles, path: string): string {
  return explained(`its ${NAMES[name]} cannot be used`, () => {
    const { text } = readSmallFile(path);
    if (name === "ca") authoritiesIn(text);
    if (name === "cert") certificatesIn(text);
    return text;
  });
}
