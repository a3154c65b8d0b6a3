/** What is sent, and who takes it. */
import type { Alert } from "../api.ts";

export type Delivery =
  /** It fires, or is resolved, as its state says. */
  | { readonly kind: "alert"; readonly alert: Alert }
  | { readonly kind: "silence"; readonly alert: Alert; readonly until: number }
  | { readonly kind: "unsilence"; readonly alert: Alert };

export interface Receiver {
  readonly name: string;
  readonly kinds: readonly Delivery["kind"][];
  /** Rejects with Refused for what it will never take, and otherwise for what may go better later. */
  send(delivery: Delivery, id: string): Promise<void>;
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

const TIMEOUT_MILLISECONDS = 10_000;
/** Other answers in the 400s are about the way, such as a missing token, and may be mended. */
const REFUSING = new Set([400, 413, 422]);

/** Rejects for no answer within 10 s, and for one that is no success. */
export async function sendJson(
  method: string,
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
  });
  if (response.ok) return response;
  const words = `${response.status} ${(await response.text()).slice(0, 200)}`;
  throw REFUSING.has(response.status) ? new Refused(words) : new Error(words);
}
