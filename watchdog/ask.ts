/** Requests to a running watchdog's HTTP API, for the commands that show it. */
import { OperatorError } from "../shared/operator-error.ts";
import { reasonOf } from "./reason.ts";

const PATIENCE_MILLISECONDS = 10_000;

/**
 * Resolves with the JSON of a path, such as `/api/fleet`. Rejects with OperatorError, also if the answer lacks `key` and is
 * therefore not a watchdog's.
 */
export type Ask = <T>(path: string, key: keyof T & string, init?: RequestInit) => Promise<T>;

/** `token`: for requests that change something. `stopped`: ends all requests. */
export function asking(url: string, token?: string, stopped?: AbortSignal): Ask {
  return async <T>(path: string, key: keyof T & string, init: RequestInit = {}) => {
    const failed = (reason: string) => new OperatorError(`cannot read the watchdog at ${url}: ${reason}`);
    const signals = [AbortSignal.timeout(PATIENCE_MILLISECONDS), ...(stopped ? [stopped] : [])];
    const headers = {
      "content-type": "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const request = { ...init, headers, signal: AbortSignal.any(signals) };
    const response = await fetch(url + path, request).catch((error: unknown) => {
      throw failed(reasonOf(error));
    });
    const body: unknown = await response.json().catch(() => undefined);
    const isObject = typeof body === "object" && body !== null;
    if (isObject && !response.ok && "message" in body) throw failed(String(body.message));
    if (!isObject || !response.ok || !(key in body)) throw failed("its answer is not a watchdog's");
    return body as T;
  };
}
