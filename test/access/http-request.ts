/**
 * Makes one request over HTTP/1.1 or HTTP/2, over TLS if the URL says so, with any header. `fetch` forbids
 * some.
 */
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import type { SecureContextOptions } from "node:tls";

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: SecureContextOptions;
  /** The request's target instead of the URL's path. HTTP/1.1 only. */
  readonly target?: string;
  /** A Unix socket to connect to instead of the URL's host. */
  readonly socketPath?: string;
}

export type Ask = (url: string, options?: AskOptions) => Promise<Answered>;

export const byHttp1: Ask = (url, { method = "GET", headers = {}, tls, socketPath, target } = {}) =>
  new Promise((resolve, reject) => {
    const { request } = url.startsWith("https:") ? https : http;
    const place = { ...(socketPath && { socketPath }), ...(target && { path: target }) };
    const options = { method, headers, agent: false, ...tls, ...place };
    request(url, options, async (response) => {
      let body = "";
      for await (const chunk of response.setEncoding("utf8")) body += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    })
      .on("error", reject)
      .end();
  });

export const byHttp2: Ask = (url, { method = "GET", headers = {}, tls } = {}) =>
  new Promise((resolve, reject) => {
    const { origin, pathname, search } = new URL(url);
    const session = http2.connect(origin, { ...tls }).on("error", reject);
    const { host, ...others } = headers;
    const stream = session.request({
      ":method": method,
      ":path": pathname + search,
      ...(host && { ":authority": host }),
      ...others,
    });
    // A server that rejects this client may close the connection without a response.
    const closed = () => reject(new Error("closed without an answer"));
    stream.once("close", closed);
    stream.on("error", reject).on("response", async ({ ":status": status, ...received }) => {
      stream.off("close", closed);
      let body = "";
      for await (const chunk of stream.setEncoding("utf8")) body += chunk;
      session.close();
      resolve({ status: Number(status), headers: received, body });
    });
    stream.end();
  });

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
