/** Judges a recording again with the current code, as the watchdog would have, within seconds. */
import type { GetMetricsResponse } from "../../client/index.ts";
import { openAlertBook } from "../../watchdog/alerts/book.ts";
import { toAlert } from "../../watchdog/alerts/record.ts";
import { openSilences } from "../../watchdog/alerts/silences.ts";
import { type Thresholds, thresholdsOf } from "../../watchdog/config/thresholds.ts";
import { createDocuments } from "../../watchdog/history/documents.ts";
import { milliseconds } from "../../watchdog/judgement/fields.ts";
import { evaluate } from "../../watchdog/rules/evaluate.ts";
import { Target } from "../../watchdog/targets/target.ts";
import { type Assessment, assess } from "./assess.ts";
import { createObserver, type View } from "./observe.ts";
import { readEnvelopes, readSetup } from "./recording.ts";
import type { Label } from "./scenario.ts";
import { REAL, SHORT } from "./timing.ts";

const NAME = "recorded";

/** Assesses each run of the recording whose scenario is in the list. */
export function replay(folder: string, labels: readonly Label[]): readonly Assessment[] {
  const { timing: name, parts } = readSetup(folder);
  const { paced, slackSeconds, thresholds: file } = name === SHORT.name ? SHORT : REAL;
  const observer = createObserver();
  const look = watchdog(thresholdsOf(file));
  for (const envelope of readEnvelopes(folder)) observer.look(look(envelope));
  const byName = new Map(labels.map((label) => [label.name, label]));
  return parts.flatMap(({ runId, name, holdsFrom }) => {
    const label = byName.get(name);
    if (!label) return [];
    const seen = { holdsFrom, verdicts: observer.verdicts(runId), alerts: observer.alerts(runId) };
    return [assess(label, seen, { paced, slackSeconds })];
  });
}

/** Runs the watchdog's logic over one target, with the envelopes' own clock. */
function watchdog(thresholds: Thresholds) {
  const target = new Target({ name: NAME, url: "http://recorded" });
  const documents = createDocuments();
  const book = openAlertBook({
    documents,
    silences: openSilences(documents),
    repeatMilliseconds: 0,
    runbookUrl: (rule) => rule,
    notify: () => {},
  });
  return (envelope: GetMetricsResponse): View => {
    const at = milliseconds(envelope.generatedAt) ?? 0;
    target.record({ envelope, seconds: 0 }, at, thresholds);
    for (const [rule, findings] of evaluate(target, thresholds, at))
      book.update(rule, NAME, findings, thresholds, at);
    return {
      readAt: at,
      agents: target.agents.map(({ agent }) => agent),
      alerts: book.open.map(toAlert),
    };
  };
}
