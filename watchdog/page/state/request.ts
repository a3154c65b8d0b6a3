/** Requests to the watchdog's server. Paths are relative, so that the page works behind a proxy's prefix. */
import type { Silence, SilenceRequest } from "../../api.ts";
import { learnTime } from "./clock.ts";

/** The server's error, or `unreachable` if nothing answered. */
export interface RequestError {
  readonly code: string;
  readonly message: string;
}

type Outcome<T> = { readonly data: T; readonly error?: never } | { readonly error: RequestError };

const PATIENCE_MILLISECONDS = 20_000;
const TOO_SLOW = { code: "deadline_exceeded", message: "The watchdog did not answer within 20 s." };
const UNREACHABLE = { code: "unreachable", message: "The watchdog does not answer." };
const NOT_JSON = { code: "internal", message: "The watchdog's answer is not JSON." };

export async function request<T>(path: string, init: RequestInit = {}): Promise<Outcome<T>> {
  const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
  const response = await fetch(path, { cache: "no-store", signal, ...init }).catch(() => undefined);
  if (!response) return { error: signal.aborted ? TOO_SLOW : UNREACHABLE };
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) return { error: asError(body, response.status) };
  if (typeof body !== "object" || body === null) return { error: NOT_JSON };
  if ("now" in body && typeof body.now === "number") learnTime(body.now);
  return { data: body as T };
}

/** Kept while the page is open. */
let token = "";

/** Later requests for silences use it. */
export function rememberToken(given: string): void {
  token = given;
}

const authorization = () => (token === "" ? {} : { authorization: `Bearer ${token}` });

export function silence(wanted: SilenceRequest): Promise<Outcome<Silence>> {
  return request("api/silences", {
    method: "POST",
    headers: { "content-type": "application/json", ...authorization() },
    body: JSON.stringify(wanted),
  });
}

export function unsilence(id: string): Promise<Outcome<Silence>> {
  return request(`api/silences/${encodeURIComponent(id)}`, {
    method: "DELETE",
    headers: authorization(),
  });
}

function asError(body: unknown, status: number): RequestError {
  const { code, message } = (body ?? {}) as { code?: unknown; message?: unknown };
  return {
    code: String(code || `HTTP ${status}`),
    message: String(message || `The watchdog answered with status ${status}.`),
  };
}
