/** Rules over the queue, its breakers and its gates. */
import { milliseconds, readable } from "../judgement/fields.ts";
import { growth } from "../targets/trail.ts";
import { count, duration } from "../words/text.ts";
import { type Finding, found, type Rule } from "./finding.ts";

const ageing: Rule<"queue-ageing"> = ({ target, settings }) => {
  const { oldestQueuedSeconds, queued } = target.totals;
  if (oldestQueuedSeconds === undefined) return queued === undefined ? "unknown" : [];
  if (oldestQueuedSeconds <= settings.oldest_seconds) return [];
  return found(
    `a job has waited for ${duration(oldestQueuedSeconds)}`,
    `the oldest of ${count(queued ?? 0, "queued job")} could have started ${duration(oldestQueuedSeconds)} ago; the threshold is ${duration(settings.oldest_seconds)}`,
  );
};

const growing: Rule<"queue-growing"> = ({ target, settings }) => {
  const { queued } = target.totals;
  if (queued === undefined) return "unknown";
  const grown = growth(target.trail, "queued", settings.window_seconds);
  if (grown === undefined || grown < settings.jobs || queued < settings.times * (queued - grown)) return [];
  return found(
    `the queue grew by ${count(grown, "job")}`,
    `${queued} jobs are queued, up from ${queued - grown} within the last ${duration(settings.window_seconds)}`,
  );
};

const retryStorm: Rule<"retry-storm"> = ({ target, settings }) => {
  if (target.totals.attempts === undefined) return "unknown";
  const starts = growth(target.trail, "attempts", settings.window_seconds);
  const done = growth(target.trail, "done", settings.window_seconds);
  if (starts === undefined || done === undefined) return [];
  if (starts < settings.starts || starts < settings.starts_per_done * Math.max(1, done)) return [];
  return found(
    `${count(starts, "start")} for ${count(done, "job")} done`,
    `in the last ${duration(settings.window_seconds)} jobs were started ${starts} times and ${done} were done`,
  );
};

const exhausted: Rule<"jobs-exhausted"> = ({ target, settings }) => {
  if (target.totals.exhausted === undefined) return "unknown";
  const failed = growth(target.trail, "exhausted", settings.window_seconds);
  if (failed === undefined || failed < settings.jobs) return [];
  return found(
    `${count(failed, "job")} failed and ran out of attempts`,
    `in the last ${duration(settings.window_seconds)}; ${target.totals.exhausted} in total`,
  );
};

const breakerOpen: Rule<"breaker-open"> = ({ target }) => {
  const breakers = readable(target.envelope?.queue?.breakers);
  if (!breakers) return "unknown";
  return breakers.items.flatMap((breaker): Finding[] => {
    if (breaker.state !== "open" && breaker.state !== "half_open") return [];
    return [
      {
        labels: { breaker: breaker.name },
        summary: `the breaker ${breaker.name} is open`,
        evidence: `state ${breaker.state}${breaker.failures === undefined ? "" : `, ${count(breaker.failures, "failure")} in a row`}`,
        since: milliseconds(breaker.openedAt),
        // A half-open breaker is testing: neither open nor closed.
        ...(breaker.state === "half_open" && { unknown: true as const }),
      },
    ];
  });
};

const gateHeld: Rule<"gate-held"> = ({ target, settings, now }) => {
  const gates = readable(target.envelope?.queue?.gates);
  if (!gates) return "unknown";
  return gates.items.flatMap((gate): Finding[] => {
    const since = milliseconds(gate.acquiredAt);
    const { waiting } = gate;
    if (since === undefined || (waiting !== undefined && waiting < settings.waiting)) return [];
    const held = (now - since) / 1000;
    if (held <= settings.held_seconds) return [];
    return [
      {
        labels: { gate: gate.scope },
        summary: `the gate ${gate.scope} has been held for ${duration(held)}`,
        evidence: `${gate.holderTaskId ? `held by task ${gate.holderTaskId}` : "held by an unknown task"}; ${waiting === undefined ? "an unknown number of tasks waits" : count(waiting, "task waits", "tasks wait")}; the threshold is ${duration(settings.held_seconds)}`,
        since,
        ...(waiting === undefined && settings.waiting > 0 && { unknown: true as const }),
      },
    ];
  });
};

export const queueRules = {
  "queue-ageing": ageing,
  "queue-growing": growing,
  "retry-storm": retryStorm,
  "jobs-exhausted": exhausted,
  "breaker-open": breakerOpen,
  "gate-held": gateHeld,
};
