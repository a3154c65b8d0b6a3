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
  /** Undefined where this process had no time for it: that tells nothing of the target. */
  read(): Promise<Outcome | undefined>;
}

/** With less rest than this, an answer may have come, and waited here until its time was over. */
const MOST_BUSY = 0.9;

/** A timer that is later than this share of its time: the process stood still, and what came meanwhile is not looked at yet. */
const MOST_LATE = 0.2;

export interface ReaderOptions {
  readonly timeoutMs: number;
  /** Milliseconds of a clock that nobody sets. */
  readonly now: () => number;
  /** Called as a reading begins, gives a function that tells the share of the time since then without any rest, 0 to 1. */
  readonly busySince: () => () => number;
  /** For targets that name no token of their own. */
  readonly token?: () => string;
}

export function createTargetReader(
  { url, token: own, tls }: TargetAddress,
  { timeoutMs, now, busySince, token: forAll }: ReaderOptions,
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
      const busy = busySince();
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
        const failed = ConnectError.from(error);
        const isLate = now() - begun > timeoutMs * (1 + MOST_LATE);
        if (failed.code === Code.DeadlineExceeded && (isLate || busy() > MOST_BUSY)) return undefined;
        return failure(failed, timeoutMs);
      }
    },
  };
}

function failure({ code, rawMessage, cause }: ConnectError, timeoutMs: number): Outcome {
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
