/** Requests to the watchdog's server. Paths are relative, so that the page works behind a proxy's prefix. */
import type { Silence, SilenceRequest } from "../../api.ts";
import { learnTime } from "./clock.ts";

/** The server's error, or `unreachable` if nothing answered. */
export class RequestError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const PATIENCE_MILLISECONDS = 20_000;

/** Throws a RequestError. */
export async function request<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(path, {
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    ...init,
  }).catch((error: unknown) => {
    const slow = error instanceof DOMException && error.name === "TimeoutError";
    throw new RequestError(
      slow ? "deadline_exceeded" : "unreachable",
      slow ? "The watchdog did not answer within 20 s." : "The watchdog does not answer.",
    );
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw asError(body, response.status);
  if (typeof body !== "object" || body === null)
    throw new RequestError("internal", "The watchdog's answer is not JSON.");
  if ("now" in body && typeof body.now === "number") learnTime(body.now);
  return body as T;
}

/** Kept while the page is open. */
let token = "";

/** Later requests for silences use it. */
export function rememberToken(given: string): void {
  token = given;
}

const authorization = () => (token === "" ? {} : { authorization: `Bearer ${token}` });

export function silence(wanted: SilenceRequest): Promise<Silence> {
  return request("api/silences", {
    method: "POST",
    headers: { "content-type": "application/json", ...authorization() },
    body: JSON.stringify(wanted),
  });
}

export function unsilence(id: string): Promise<Silence> {
  return request(`api/silences/${encodeURIComponent(id)}`, {
    method: "DELETE",
    headers: authorization(),
  });
}

function asError(body: unknown, status: number): RequestError {
  const { code, message } = (body ?? {}) as { code?: unknown; message?: unknown };
  return new RequestError(
    typeof code === "string" ? code : `HTTP ${status}`,
    typeof message === "string" && message !== "" ? message : `The watchdog answered with status ${status}.`,
  );
}
