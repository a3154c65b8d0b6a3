/** Requests to a running watchdog's HTTP API, for the commands that show it. */
import { OperatorError } from "../shared/operator-error.ts";
import { reasonOf } from "./reason.ts";

const PATIENCE_MILLISECONDS = 10_000;

/** Resolves with the JSON of a path, such as `/api/fleet`. Rejects with OperatorError. */
export type Ask = <T>(path: string, init?: RequestInit) => Promise<T>;

/** `token`: for requests that change something. `stopped`: ends all requests. */
export function asking(url: string, token?: string, stopped?: AbortSignal): Ask {
  return async <T>(path: string, init: RequestInit = {}) => {
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
    if (typeof body !== "object" || body === null) throw failed("its answer is not a watchdog's");
    if (!response.ok) throw failed("message" in body ? String(body.message) : `status ${response.status}`);
    return body as T;
  };
}
