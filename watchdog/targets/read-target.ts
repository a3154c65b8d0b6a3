/** One reading of one target by the public client. It resolves whatever happens: a failure is an outcome. */
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

export interface TargetReader {
  /** Undefined where this process had no time or no descriptor for it: that tells nothing of the target. */
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
    maxAnswerBytes: MOST_ANSWER_BYTES,
    fetch: withoutRedirects(nodeFetch(tls ?? {}, MOST_ANSWER_BYTES)),
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
            note: `its schema version is ${envelope.schemaVersion}; this watchdog supports ${SCHEMA_VERSION}`,
          };
        }
        return { envelope: boundEnvelope(envelope), seconds: (now() - begun) / 1000 };
      } catch (error) {
        const failed = ConnectError.from(error);
        const isLate = now() - begun > timeoutMs * (1 + MOST_LATE);
        if (isOwnShortage(error)) return undefined;
        if (failed.code === Code.DeadlineExceeded && (isLate || busy() > MOST_BUSY)) return undefined;
        return failure(failed, timeoutMs, token !== undefined);
      }
    },
  };
}

/** In this program's words alone: what a library or the other side says may hold anything, a token among it. */
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
      return down(`it cannot be reached${status || `: ${reasonOf(cause)}`}`);
    default:
      return down(`its answer is not from orch-metrics${status || `: ${reasonOf(cause)}`}`);
  }
}

/** This process has no descriptor, port or memory left, which tells nothing of a target. */
const SHORTAGES = new Set(["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EADDRNOTAVAIL"]);

function isOwnShortage(error: unknown): boolean {
  if (codesOf(error).some((code) => SHORTAGES.has(code))) return true;
  try {
    // Without descriptors a name cannot be looked up either, and then it seems to be unknown.
    closeSync(openSync("/dev/null", "r"));
    return false;
  } catch {
    return true;
  }
}
