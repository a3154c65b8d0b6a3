/** Requests to the watchdog's server. Paths are relative, so that the page works behind a proxy's prefix. */
import type { Silence, SilenceRequest } from "../../api.ts";
import { learnTime } from "./clock.ts";

/** The server's error, or `unreachable` if nothing answered in time. */
export interface RequestError {
  readonly code: string;
  readonly message: string;
}

type Outcome<T> = { readonly data: T; readonly error?: never } | { readonly error: RequestError };

const PATIENCE_MILLISECONDS = 20_000;
const UNREACHABLE = { code: "unreachable", message: "The watchdog does not answer." };

export async function request<T>(path: string, init: RequestInit = {}): Promise<Outcome<T>> {
  const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
  const response = await fetch(path, { cache: "no-store", signal, ...init }).catch(() => undefined);
  if (!response) return { error: UNREACHABLE };
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok || typeof body !== "object" || body === null)
    return { error: asError(body, response.status) };
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
    message: String(message || `The answer is not from the watchdog (HTTP status ${status}).`),
  };
}
