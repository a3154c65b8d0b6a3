/** What is sent, and who takes it. */
import { OperatorError } from "../../shared/operator-error.ts";
import type { Alert, Silence } from "../api.ts";
import { withoutRedirects } from "../without-redirects.ts";

export type Delivery =
  /** It fires, or is resolved, as its state says; `again`: it still fires. */
  | { readonly kind: "alert" | "again"; readonly alert: Alert }
  | { readonly kind: "silence" | "unsilence"; readonly silence: Silence };

/** More than one: alerts of one target, one rule and one state. */
export type Deliveries = readonly [Delivery, ...Delivery[]];

export interface Receiver {
  readonly name: string;
  readonly kinds: readonly Delivery["kind"][];
  /** It takes several deliveries as one message; absent: each comes alone. */
  readonly grouped?: true;
  /** Rejects with Refused for what it will never take, and otherwise for what may go better later. */
  send(deliveries: Deliveries, id: string): Promise<void>;
  /** Says again what fires, to a receiver that forgets. */
  repeat?(firing: readonly Alert[]): Promise<void>;
}

/** The receiver looked at it and does not want it: to send it again would change nothing. */
export class Refused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Refused";
  }
}

/** Where a receiver is. */
export interface ReceiverAddress {
  /** Without user and password. */
  readonly url: string;
  /** `Authorization`, from the URL's user and password. */
  readonly authorization?: string;
}

/** From the URL that the operator gave, which may hold a user and a password. */
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

/** As it was typed, where a percent sign stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const TIMEOUT_MILLISECONDS = 10_000;
/** Enough for the silences of an Alertmanager; an answer without end must not fill the memory. */
const MOST_ANSWER_BYTES = 4 * 1024 * 1024;
const MOST_WORDS = 200;
/** Other answers in the 400s are about the way, such as a missing token, and may be fixed. */
const REFUSING = new Set([400, 413, 422]);
const SHORTEST_SECRET = 8;
const stay = withoutRedirects(globalThis.fetch);

/** The text of its answer. Rejects for no answer within 10 s, for a redirect, and for one that is no success. */
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
  const text = withoutPath(await textOf(response, 4 * MOST_WORDS), url + path).slice(0, MOST_WORDS);
  const words = `${response.status} ${text}`;
  throw REFUSING.has(response.status) ? new Refused(words) : new OperatorError(words);
}

/** Some servers repeat the path of a request, which may be a secret: what stands from there on is left out. */
function withoutPath(text: string, url: string): string {
  const parts = new URL(url).pathname.split("/").filter((part) => part.length >= SHORTEST_SECRET);
  return parts.reduce((rest, part) => rest.split(part, 1)[0] ?? "", text);
}

/** The beginning of an answer; nothing more of it is read. */
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
