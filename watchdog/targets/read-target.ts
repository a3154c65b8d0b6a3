/** Polls one target with the public client. It never rejects: a failure is a result. */
import { closeSync, openSync } from "node:fs";
import { Code, ConnectError, createMetricsClient, type GetMetricsResponse } from "../../client/index.ts";
import { OperatorError } from "../../shared/operator-error.ts";
import type { TargetState } from "../api.ts";
import type { TargetAddress } from "../config/targets-file.ts";
import { codesOf, reasonOf } from "../reason.ts";
import { withoutRedirects } from "../without-redirects.ts";
import { boundEnvelope, MOST_ANSWER_BYTES } from "./bounded-envelope.ts";
import { SCHEMA_VERSION } from "./envelope.ts";
import { nodeFetch } from "./node-fetch.ts";

export type Outcome =
  | { readonly envelope: GetMetricsResponse; readonly seconds: number }
  | { readonly state: TargetState; readonly note: string };

/** Above this load, an answer may have arrived in time but waited in this process. */
const MOST_BUSY = 0.9;

/** If a timer is later than this share of its time, the process stood still, and answers may be unread. */
const MOST_LATE = 0.2;

const NOT_OURS = "its answer is not from orch-metrics";

export interface ReaderOptions {
  readonly timeoutMs: number;
  /** For targets without a token of their own. */
  readonly token?: (() => string) | undefined;
  /** Ends the poll. */
  readonly stopped?: AbortSignal;
  /** Default: through Node's HTTP client. */
  readonly fetch?: typeof fetch;
}

/** Polls the target once. Resolves to undefined if this process lacked time or descriptors, which says nothing about it. */
export type ReadTarget = () => Promise<Outcome | undefined>;

export function createTargetReader(
  { url, token: own, tls }: TargetAddress,
  { timeoutMs, token: forAll, stopped, fetch = nodeFetch(tls ?? {}, MOST_ANSWER_BYTES) }: ReaderOptions,
): ReadTarget {
  const token = own ?? forAll;
  const client = createMetricsClient({
    baseUrl: url,
    timeoutMs,
    ...(token && { token }),
    maxAnswerBytes: MOST_ANSWER_BYTES,
    fetch: withoutRedirects(fetch),
  });
  return async () => {
    const begun = performance.now();
    const load = performance.eventLoopUtilization();
    try {
      const envelope = await client.getMetrics({}, stopped && { signal: stopped });
      if (envelope.schemaVersion === 0) return { state: "down", note: NOT_OURS };
      if (envelope.schemaVersion !== SCHEMA_VERSION) {
        return {
          state: "other_schema",
          note: `its schema version is ${envelope.schemaVersion}; this watchdog supports ${SCHEMA_VERSION}`,
        };
      }
      return { envelope: boundEnvelope(envelope), seconds: (performance.now() - begun) / 1000 };
    } catch (error) {
      const failed = ConnectError.from(error);
      const isLate = performance.now() - begun > timeoutMs * (1 + MOST_LATE);
      const isBusy = performance.eventLoopUtilization(load).utilization > MOST_BUSY;
      if (isOwnShortage(error)) return undefined;
      if (failed.code === Code.DeadlineExceeded && (isLate || isBusy)) return undefined;
      return failure(failed, timeoutMs, token !== undefined);
    }
  };
}

/** Uses only this program's words: messages of a library or of the target may contain anything, even a token. */
function failure({ code, cause, rawMessage }: ConnectError, timeoutMs: number, hasToken: boolean): Outcome {
  const down = (note: string): Outcome => ({ state: "down", note });
  const refused = (note: string): Outcome => ({ state: "unauthenticated", note });
  if (cause instanceof OperatorError) return down(cause.message);
  const status = /^HTTP \d{3}$/.test(rawMessage) ? ` (${rawMessage})` : "";
  switch (code) {
    case Code.Unauthenticated:
      return refused(
        hasToken ? "it refuses the token" : "it requires a token, but none is configured: set --token-file",
      );
    case Code.PermissionDenied:
      return refused(`it refuses the request${status}: add the host name of its URL to its --allowed-hosts`);
    case Code.DeadlineExceeded:
      return down(`no answer within ${timeoutMs / 1000} s`);
    case Code.Unimplemented:
      return down(`it has no metrics${status}: check its URL and its ORCH_METRICS_ENABLED`);
    case Code.ResourceExhausted:
      return down(`its answer is larger than ${MOST_ANSWER_BYTES} bytes, or it is overloaded`);
    case Code.Unavailable:
      return down(status ? `it is not available${status}` : `it cannot be reached: ${reasonOf(cause)}`);
    default:
      return down(`${NOT_OURS}${status}`);
  }
}

/** This process has no descriptor, port or memory left, which says nothing about a target. */
const SHORTAGES = new Set(["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EADDRNOTAVAIL"]);

function isOwnShortage(error: unknown): boolean {
  if (codesOf(error).some((code) => SHORTAGES.has(code))) return true;
  try {
    // Without descriptors, name lookups fail too, so the name would seem unknown.
    closeSync(openSync("/dev/null", "r"));
    return false;
  } catch {
    return true;
  }
}
