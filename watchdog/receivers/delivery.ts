/** Deliveries, receivers, and the HTTP request that most of them use. */
import { OperatorError } from "../../shared/operator-error.ts";
import { decoded } from "../../shared/secrets-in-urls.ts";
import type { Alert, Silence } from "../api.ts";
import { withoutRedirects } from "../without-redirects.ts";

export type Delivery =
  /** The alert fires or is resolved, as its state says; `again` repeats a firing one. */
  | { readonly kind: "alert" | "again"; readonly alert: Alert }
  | { readonly kind: "silence" | "unsilence"; readonly silence: Silence };

/** Several deliveries are alerts of one target, one rule and one state. */
export type Deliveries = readonly [Delivery, ...Delivery[]];

export interface Receiver {
  readonly name: string;
  readonly kinds: readonly Delivery["kind"][];
  /** The receiver accepts several deliveries as one message; absent: one at a time. */
  readonly grouped?: true;
  /** Rejects with Refused for a permanent failure, and with another error if a retry may succeed. */
  send(deliveries: Deliveries, id: string): Promise<void>;
  /** Repeats firing alerts, for a receiver that forgets them. */
  repeat?(firing: readonly Alert[]): Promise<void>;
}

/** The receiver refused the message. Sending it again would not help. */
export class Refused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Refused";
  }
}

/** The receiver asks for a pause before the next attempt. */
export class Busy extends OperatorError {
  readonly pauseMilliseconds: number;

  constructor(message: string, pauseMilliseconds: number) {
    super(message);
    this.name = "Busy";
    this.pauseMilliseconds = pauseMilliseconds;
  }
}

/** The address of a receiver. */
export interface ReceiverAddress {
  /** Without user and password. */
  readonly url: string;
  /** `Authorization`, from the URL's user and password. */
  readonly authorization?: string;
}

/** Splits a configured URL, which may contain a user and a password. */
export function receiverAddress(text: string): ReceiverAddress {
  const url = new URL(text);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const plain = url.href.replace(/\/+$/, "");
  if (username === "" && password === "") return { url: plain };
  const credentials = Buffer.from([username, password].map(decoded).join(":"));
  return { url: plain, authorization: `Basic ${credentials.toString("base64")}` };
}

const TIMEOUT_MILLISECONDS = 10_000;
/** Enough for the silences of an Alertmanager. It bounds the memory for an endless answer. */
const MOST_ANSWER_BYTES = 4 * 1024 * 1024;
const MOST_WORDS = 200;
/** Other 4xx answers, for example for a missing token, may be fixed, so they are retried. */
const REFUSING = new Set([400, 413, 422]);
/** Too many requests, or overloaded. */
const BUSY = new Set([429, 503]);
const SHORTEST_SECRET = 8;
const stay = withoutRedirects(globalThis.fetch);

/** Returns the text of the answer. Rejects without an answer within 10 s, for a redirect, and for an error status. */
export async function sendJson(
  method: string,
  { url, authorization }: ReceiverAddress,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<string> {
  const response = await stay(url + path, {
    method,
    headers: { "content-type": "application/json", ...headers, ...(authorization && { authorization }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
  });
  if (response.ok) return textOf(response, MOST_ANSWER_BYTES);
  const text = withoutSecrets(await textOf(response, 4 * MOST_WORDS), url + path).slice(0, MOST_WORDS);
  const words = `${response.status} ${text}`;
  if (REFUSING.has(response.status)) throw new Refused(words);
  if (BUSY.has(response.status)) throw new Busy(words, pauseOf(response.headers.get("retry-after") ?? ""));
  throw new OperatorError(words);
}

/** Returns the milliseconds of `Retry-After`, which is in seconds or a date: RFC 9110, section 10.2.3. 0 if it is neither. */
function pauseOf(retryAfter: string): number {
  const milliseconds = /^\d+$/.test(retryAfter)
    ? Number(retryAfter) * 1000
    : Date.parse(retryAfter) - Date.now();
  return Math.max(0, milliseconds || 0);
}

/** Some servers repeat the request's path or query, which may be a secret. The text is cut before it. */
function withoutSecrets(text: string, url: string): string {
  const { pathname, search } = new URL(url);
  const parts = (pathname + search).split(/[/?&=]/).flatMap((part) => [part, decoded(part)]);
  return parts
    .filter((part) => part.length >= SHORTEST_SECRET)
    .reduce((rest, part) => rest.split(part, 1)[0] ?? "", text);
}

/** Returns the beginning of an answer and cancels the rest. */
async function textOf({ body }: Response, mostBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop cancels the stream.
    if (bytes >= mostBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, mostBytes).toString("utf8");
}
