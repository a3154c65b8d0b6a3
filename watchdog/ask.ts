/** A running watchdog, asked over its HTTP API by the commands that show it in a terminal. */
import { OperatorError } from "../shared/operator-error.ts";
import { reasonOf } from "./reason.ts";

const PATIENCE_MILLISECONDS = 10_000;

/** Resolves with the JSON of a path, such as `/api/fleet`. Rejects with OperatorError. */
export type Ask = <T>(path: string, init?: RequestInit) => Promise<T>;

/** `token`: for what changes something. `stopped`: nobody waits for an answer any more. */
export function asking(
  url: string,
  token?: string,
  stopped: AbortSignal = new AbortController().signal,
): Ask {
  return async <T>(path: string, init: RequestInit = {}) => {
    const fails = (reason: string) => new OperatorError(`cannot read the watchdog at ${url}: ${reason}`);
    const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE_MILLISECONDS), stopped]);
    const headers = {
      "content-type": "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const response = await fetch(url + path, { ...init, headers, signal }).catch((error: unknown) => {
      throw fails(reasonOf(error));
    });
    const body: unknown = await response.json().catch(() => undefined);
    if (typeof body !== "object" || body === null) throw fails("its answer is not a watchdog's");
    if (response.ok) return body as T;
    throw fails("message" in body ? String(body.message) : `status ${response.status}`);
  };
}
