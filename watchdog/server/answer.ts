/** An HTTP answer before it is written, and error answers. */

export interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export function json(value: unknown, status = 200, more: Answer["headers"] = {}): Answer {
  const headers = { "content-type": "application/json", "cache-control": "no-store", ...more };
  return { status, body: JSON.stringify(value), headers };
}

const STATUS = {
  invalid_argument: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  unimplemented: 405,
  failed_precondition: 415,
  resource_exhausted: 429,
  internal: 500,
  unavailable: 503,
} as const;

/** Has the form of the service's errors: `{"code":"…","message":"…"}`. */
export function failure(code: keyof typeof STATUS, message: string, headers: Answer["headers"] = {}): Answer {
  return json({ code, message }, STATUS[code], headers);
}
