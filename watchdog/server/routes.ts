/** The routes. watchdog/api.ts describes the answers. */
import { decoded } from "../../shared/secrets-in-urls.ts";
import type { AgentSeries, Alerts, Fleet, Runs, Series, Silence, SilenceRequest, Target } from "../api.ts";
import { RULE_NAMES } from "../config/rules.ts";
import { OWN_NAME } from "../config/targets-file.ts";
import { defined } from "../defined.ts";
import type { RunsQuery } from "../history/runs-table.ts";
import { GROUPINGS } from "../report/columns.ts";
import { type Answer, failure, json } from "./answer.ts";
import { pageFile } from "./assets.ts";
import { documentPage, type Shown as ShownAlert } from "./documents.ts";

/** The data that the server shows. Undefined means that there is no such thing. */
export interface Shown {
  fleet(): Fleet;
  target(name: string): Target | undefined;
  series(name: string, from: number, to: number): Series | undefined;
  agentSeries(name: string, runId: string, from: number, to: number): AgentSeries | undefined;
  runs(query: RunsQuery): Promise<Runs>;
  alerts(): Alerts;
  /** Returns an alert, open or past, with the values for its runbook. */
  alert(fingerprint: string): ShownAlert | undefined;
  silence(request: SilenceRequest): Silence | undefined;
  unsilence(id: string): Silence | undefined;
  /** Returns the Prometheus text format. */
  metrics(): string;
  /** Returns undefined once every target was polled, else what is missing. */
  notReady(): string | undefined;
}

const LONGEST_SILENCE_SECONDS = 30 * 86_400;
const LONGEST_COMMENT = 500;
const LONGEST_NAME = 200;

export function methodsOf(path: string): readonly string[] {
  if (path === "/api/silences") return ["POST"];
  return path.startsWith("/api/silences/") ? ["DELETE"] : ["GET", "HEAD"];
}

export function answerGet(shown: Shown, path: string, query: URLSearchParams): Answer | Promise<Answer> {
  const [first = "", second, name, fourth, ...more] = path.split("/").slice(1).map(decoded);
  if (more.length > 0) return unknownPath(path);
  if (first === "api" && second === "targets" && name) {
    if (fourth === undefined) return found(shown.target(name), `target ${name}`);
    if (fourth === "series") return answerSeries(shown, name, query);
  }
  if (name !== undefined) return unknownPath(path);
  if (first === "api" && second === "fleet") return json(shown.fleet());
  if (first === "api" && second === "runs") return answerRuns(shown, query);
  if (first === "api" && second === "alerts") return json(shown.alerts());
  if (first === "runbooks" && second)
    return documentPage(`runbooks/${second}`, shown.alert(query.get("alert") ?? ""));
  if (first === "docs" && second) return documentPage(second);
  if (first === "metrics" && second === undefined) return metrics(shown.metrics());
  if (first === "ready" && second === undefined) {
    const reason = shown.notReady();
    return reason === undefined ? json({ status: "ok" }) : failure("unavailable", reason);
  }
  if (first === "health" && second === undefined) return json({ status: "ok" });
  if (second === undefined) return pageFile(first === "" ? "index.html" : first) ?? unknownPath(path);
  return unknownPath(path);
}

function answerSeries(shown: Shown, name: string, query: URLSearchParams) {
  const runId = query.get("run");
  return withSpan(query, (from, to) =>
    found(
      runId === null ? shown.series(name, from, to) : shown.agentSeries(name, runId, from, to),
      `target ${name}`,
    ),
  );
}

function answerRuns(shown: Shown, query: URLSearchParams) {
  const by = GROUPINGS.find((name) => name === query.get("by"));
  if (by === undefined) return failure("invalid_argument", `by must be one of ${GROUPINGS.join(", ")}`);
  return withSpan(query, async (from, to) => json(await shown.runs({ from, to, by })));
}

function withSpan<T>(query: URLSearchParams, answer: (from: number, to: number) => T): T | Answer {
  const [from, to] = [Number(query.get("from") ?? Number.NaN), Number(query.get("to") ?? Number.NaN)];
  if (from >= 0 && to > from && to < 8.64e15) return answer(from, to);
  return failure(
    "invalid_argument",
    "from and to must be milliseconds since the epoch, and from must be less than to",
  );
}

/** `body` is the parsed JSON of the request. */
export function answerSilence(shown: Shown, body: unknown): Answer {
  const { fingerprint, rule, target, seconds, comment } = (body ?? {}) as Partial<SilenceRequest>;
  const names = [fingerprint, rule, target].filter((name) => name !== undefined);
  const isOne = fingerprint === undefined ? names.length > 0 : names.length === 1;
  if (
    !isOne ||
    !names.every((name) => typeof name === "string" && name.length <= LONGEST_NAME) ||
    typeof seconds !== "number" ||
    !(seconds > 0 && seconds <= LONGEST_SILENCE_SECONDS) ||
    !(comment === undefined || (typeof comment === "string" && comment.length <= LONGEST_COMMENT))
  )
    return failure(
      "invalid_argument",
      `expected {"fingerprint": text} or {"rule": text, "target": text} or one of the two, with "seconds": a number up to ${LONGEST_SILENCE_SECONDS}, and "comment": up to ${LONGEST_COMMENT} characters`,
    );
  if (rule !== undefined && !RULE_NAMES.some((name) => name === rule))
    return failure("not_found", `unknown rule ${JSON.stringify(rule)}`);
  if (target !== undefined && target !== OWN_NAME && !shown.target(target))
    return failure("not_found", `unknown target ${JSON.stringify(target)}`);
  return found(
    shown.silence(defined({ fingerprint, rule, target, seconds, comment })),
    `open alert ${fingerprint}`,
  );
}

export function answerUnsilence(shown: Shown, path: string): Answer {
  const id = decoded(path.slice("/api/silences/".length));
  return found(shown.unsilence(id), `silence ${id}`);
}

function metrics(text: string): Answer {
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" };
  return { status: 200, body: text, headers };
}

function found(value: unknown, what: string): Answer {
  return value === undefined ? failure("not_found", `there is no ${what}`) : json(value);
}

function unknownPath(path: string): Answer {
  return failure("not_found", `nothing at ${path}`);
}
