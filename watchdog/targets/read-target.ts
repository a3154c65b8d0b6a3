/** One reading of one target by the public client. It resolves whatever happens: a failure is an outcome. */
import { Code, ConnectError, createMetricsClient, type GetMetricsResponse } from "../../client/index.ts";
import type { TargetState } from "../api.ts";
import type { TargetAddress } from "../config/targets-file.ts";
import { SCHEMA_VERSION } from "./envelope.ts";
import { tlsFetch } from "./tls-fetch.ts";

export type Outcome =
  | { readonly envelope: GetMetricsResponse; readonly seconds: number }
  | { readonly state: TargetState; readonly note: string };

export interface TargetReader {
  read(): Promise<Outcome>;
}

export interface ReaderOptions {
  readonly timeoutMs: number;
  readonly now: () => number;
  /** For targets that name no token of their own. */
  readonly token?: () => string;
}

export function createTargetReader(
  { url, token: own, tls }: TargetAddress,
  { timeoutMs, now, token: forAll }: ReaderOptions,
): TargetReader {
  const token = own ?? forAll;
  const client = createMetricsClient({
    baseUrl: url,
    timeoutMs,
    ...(token && { token }),
    ...(tls && { fetch: tlsFetch(tls) }),
  });
  return {
    async read() {
      const begun = now();
      try {
        const envelope = await client.getMetrics({});
        if (envelope.schemaVersion !== SCHEMA_VERSION) {
          return {
            state: "other_schema",
            note: `it answers schema version ${envelope.schemaVersion}, and this watchdog knows ${SCHEMA_VERSION}`,
          };
        }
        return { envelope, seconds: (now() - begun) / 1000 };
      } catch (error) {
        return failure(error, timeoutMs);
      }
    },
  };
}

function failure(error: unknown, timeoutMs: number): Outcome {
  const { code, rawMessage, cause } = ConnectError.from(error);
  switch (code) {
    case Code.Unauthenticated:
    case Code.PermissionDenied:
      return { state: "unauthenticated", note: `it refuses the token: ${rawMessage}` };
    case Code.DeadlineExceeded:
      return { state: "down", note: `no answer within ${timeoutMs / 1000} s` };
    case Code.Unimplemented:
      return { state: "down", note: `it answers no metrics there: ${rawMessage}` };
    default:
      return { state: "down", note: rawMessage + reason(cause) };
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  EHOSTUNREACH: "there is no way to its host",
  ENOTFOUND: "nobody knows its host's name",
  ERR_SSL_WRONG_VERSION_NUMBER: "it speaks no TLS: its URL may begin with http:",
  UND_ERR_SOCKET: "the connection was cut",
};

/** What the system's word for it means; fetch hides that word in the cause of its error. */
function reason(error: unknown): string {
  const { cause } = (error ?? {}) as {
    readonly cause?: { readonly code?: string; readonly message: string };
  };
  const words = cause?.code === undefined ? cause?.message : REASONS[cause.code];
  return words === undefined ? "" : `: ${words}`;
}
