/** Which request gets which answer. watchdog/api.ts says what the answers hold. */
import type { AgentSeries, Alert, Alerts, Fleet, Series, SilenceRequest, Target } from "../api.ts";
import { type Answer, failure, json } from "./answer.ts";
import { pageFile, runbook } from "./assets.ts";

/** What the server shows, by whoever knows it. Undefined: there is no such thing. */
export interface Shown {
  fleet(): Fleet;
  target(name: string): Target | undefined;
  series(name: string, from: number, to: number): Series | undefined;
  agentSeries(name: string, runId: string, from: number, to: number): AgentSeries | undefined;
  alerts(): Alerts;
  silence(fingerprint: string, seconds: number): Alert | undefined;
  unsilence(fingerprint: string): Alert | undefined;
}

const LONGEST_SILENCE_SECONDS = 30 * 86_400;

export function methodsOf(path: string): readonly string[] {
  if (path === "/api/silences") return ["POST"];
  return path.startsWith("/api/silences/") ? ["DELETE"] : ["GET", "HEAD"];
}

export function answerGet(shown: Shown, path: string, query: URLSearchParams): Answer | Promise<Answer> {
  const [first = "", second, name, fourth, ...more] = path.split("/").slice(1).map(decode);
  if (more.length > 0) return unknownPath(path);
  if (first === "api" && second === "targets" && name) {
    if (fourth === undefined) return found(shown.target(name), `target ${name}`);
    if (fourth === "series") return answerSeries(shown, name, query);
  }
  if (name !== undefined) return unknownPath(path);
  if (first === "api" && second === "fleet") return json(shown.fleet());
  if (first === "api" && second === "alerts") return json(shown.alerts());
  if (first === "runbooks" && second) return runbook(second);
  if (first === "health" && second === undefined) return json({ status: "ok" });
  if (second === undefined) return pageFile(first === "" ? "index.html" : first) ?? unknownPath(path);
  return unknownPath(path);
}

function answerSeries(shown: Shown, name: string, query: URLSearchParams): Answer {
  const [from, to] = [Number(query.get("from") ?? Number.NaN), Number(query.get("to") ?? Number.NaN)];
  if (!(from >= 0 && to > from && to < 8.64e15))
    return failure("invalid_argument", "from and to must be milliseconds since the epoch, from before to");
  const runId = query.get("run");
  return found(
    runId === null ? shown.series(name, from, to) : shown.agentSeries(name, runId, from, to),
    `target ${name}`,
  );
}

/** `body` is what the request held as JSON. */
export function answerSilence(shown: Shown, body: unknown): Answer {
  const { fingerprint, seconds } = (body ?? {}) as Partial<SilenceRequest>;
  if (
    typeof fingerprint !== "string" ||
    typeof seconds !== "number" ||
    !(seconds > 0 && seconds <= LONGEST_SILENCE_SECONDS)
  )
    return failure(
      "invalid_argument",
      `a silence is {"fingerprint": text, "seconds": a number up to ${LONGEST_SILENCE_SECONDS}}`,
    );
  return found(shown.silence(fingerprint, seconds), `open alert ${fingerprint}`);
}

export function answerUnsilence(shown: Shown, path: string): Answer {
  const fingerprint = decode(path.slice("/api/silences/".length));
  return found(shown.unsilence(fingerprint), `open alert ${fingerprint}`);
}

function found(value: unknown, what: string): Answer {
  return value === undefined ? failure("not_found", `there is no ${what}`) : json(value);
}

function unknownPath(path: string): Answer {
  return failure("not_found", `there is nothing at ${path}`);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
