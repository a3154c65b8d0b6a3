/** A running watchdog, asked over its HTTP API by the commands that show it in a terminal. */
import { OperatorError } from "../shared/operator-error.ts";
import { reasonOf } from "./reason.ts";

const PATIENCE_MILLISECONDS = 10_000;

/** Resolves with the JSON of a path, such as `/api/fleet`. Rejects with OperatorError. */
export type Ask = <T>(path: string, init?: RequestInit) => Promise<T>;

/** `token`: a bearer token for what changes something. */
export function asking(url: string, token?: string): Ask {
  return async <T>(path: string, init: RequestInit = {}) => {
    const fails = (reason: string) => new OperatorError(`cannot read the watchdog at ${url}: ${reason}`);
    const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
    const headers = {
      "content-type": "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const response = await fetch(url + path, { ...init, headers, signal }).catch((error: unknown) => {
      throw fails(signal.aborted ? `no answer within ${PATIENCE_MILLISECONDS / 1000} s` : reasonOf(error));
    });
    const body: unknown = await response.json().catch(() => undefined);
    if (typeof body !== "object" || body === null) throw fails("its answer is not a watchdog's");
    if (response.ok) return body as T;
    throw fails("message" in body ? String(body.message) : `status ${response.status}`);
  };
}
