/** The routes. watchdog/api.ts describes the answers. */
import { decoded } from "../../shared/secrets-in-urls.ts";
import type { Runs, SilenceRequest } from "../api.ts";
import { RULE_NAMES } from "../config/rules.ts";
import { OWN_NAME } from "../config/targets-file.ts";
import { defined } from "../defined.ts";
import { toAgentSeries, toSeries } from "../history/series.ts";
import { GROUPINGS } from "../report/columns.ts";
import { count } from "../words/text.ts";
import { type Answer, failure, json } from "./answer.ts";
import { pageFile } from "./assets.ts";
import { documentPage, valuesOf } from "./documents.ts";
import { metricsText } from "./metrics.ts";
import type { Shown } from "./shown.ts";
import { fleetOf, targetOf } from "./views.ts";

const LONGEST_SILENCE_SECONDS = 30 * 86_400;
const LONGEST_COMMENT = 500;
const LONGEST_NAME = 200;

export function methodsOf(path: string): readonly string[] {
  if (path === "/api/silences") return ["POST"];
  return path.startsWith("/api/silences/") ? ["DELETE"] : ["GET", "HEAD"];
}

export function answerGet(shown: Shown, path: string, query: URLSearchParams): Answer | Promise<Answer> {
  const { fleet, history, alerting, thresholds, pollSeconds } = shown;
  const now = Date.now();
  const [first = "", second, name, fourth, ...more] = path.split("/").slice(1).map(decoded);
  if (more.length > 0) return unknownPath(path);
  if (first === "api" && second === "targets" && name) {
    const target = fleet.get(name);
    if (fourth === undefined)
      return found(target && targetOf(target, alerting.open(now), thresholds(name), now), `target ${name}`);
    if (fourth === "series") return answerSeries(shown, name, query);
  }
  if (name !== undefined) return unknownPath(path);
  if (first === "api" && second === "fleet") {
    const [alerts, { recording }] = [alerting.open(now), history];
    return json(fleetOf({ targets: fleet.targets, alerts, recording, pollSeconds, now }));
  }
  if (first === "api" && second === "runs") return answerRuns(shown, query);
  if (first === "api" && second === "alerts") return json(alerting.list(now));
  if (first === "runbooks" && second)
    return documentPage(`runbooks/${second}`, shownAlert(shown, query.get("alert") ?? "", now));
  if (first === "docs" && second) return documentPage(second);
  if (first === "metrics" && second === undefined) return metrics(shown, now);
  if (first === "ready" && second === undefined) return readiness(shown);
  if (first === "health" && second === undefined) return json({ status: "ok" });
  if (second === undefined) return pageFile(first === "" ? "index.html" : first) ?? unknownPath(path);
  return unknownPath(path);
}

function answerSeries({ fleet, history }: Shown, name: string, query: URLSearchParams) {
  const runId = query.get("run");
  return withSpan(query, (from, to) => {
    if (!fleet.get(name)) return found(undefined, `target ${name}`);
    const points = history.points(name, from, to);
    return json(runId === null ? toSeries(points) : toAgentSeries(points, runId));
  });
}

function answerRuns({ history }: Shown, query: URLSearchParams) {
  const by = GROUPINGS.find((name) => name === query.get("by"));
  if (by === undefined) return failure("invalid_argument", `by must be one of ${GROUPINGS.join(", ")}`);
  return withSpan(query, (from, to) => {
    const runs: Runs = { ...history.runs({ from, to, by }), recording: history.recording };
    return json(runs);
  });
}

/** Returns an alert, open or past, with the values for its runbook. */
function shownAlert({ alerting, fleet, pageUrl }: Shown, fingerprint: string, now: number) {
  const { open, past } = alerting.list(now);
  const alert = [...open, ...past].find((each) => each.fingerprint === fingerprint);
  return alert && { alert, values: valuesOf(alert, fleet.get(alert.target), pageUrl), now };
}

function metrics(shown: Shown, now: number): Answer {
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" };
  return { status: 200, body: metricsText(shown, now), headers };
}

function readiness({ fleet }: Shown): Answer {
  const waiting = fleet.targets.filter(({ state }) => state === "not_read_yet").length;
  return waiting === 0
    ? json({ status: "ok" })
    : failure("unavailable", `${count(waiting, "target")} not polled yet`);
}

function withSpan(query: URLSearchParams, answer: (from: number, to: number) => Answer): Answer {
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
  if (target !== undefined && target !== OWN_NAME && !shown.fleet.get(target))
    return failure("not_found", `unknown target ${JSON.stringify(target)}`);
  return found(
    shown.alerting.silence(defined({ fingerprint, rule, target, seconds, comment }), Date.now()),
    `open alert ${fingerprint}`,
  );
}

export function answerUnsilence(shown: Shown, path: string): Answer {
  const id = decoded(path.slice("/api/silences/".length));
  return found(shown.alerting.unsilence(id), `silence ${id}`);
}

function found(value: unknown, what: string): Answer {
  return value === undefined ? failure("not_found", `there is no ${what}`) : json(value);
}

function unknownPath(path: string): Answer {
  return failure("not_found", `nothing at ${path}`);
}
