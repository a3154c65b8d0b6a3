/** Compares verdicts and alerts with the truth, as a pure function. */
import type { Alert } from "../../watchdog/api.ts";
import type { Verdict, VerdictName } from "../../watchdog/judgement/verdict.ts";
import type { DatedVerdict } from "./observe.ts";
import { LATEST_SECONDS, type Label } from "./scenario.ts";

export interface Observation {
  /**
   * The time from which the truth holds, in milliseconds since the epoch. Until then the process is healthy.
   */
  readonly holdsFrom: number;
  readonly verdicts: readonly DatedVerdict[];
  readonly alerts: readonly Alert[];
}

/** How times are compared: the duration of real seconds, and the tolerance. */
export interface Clock {
  readonly paced: (seconds: number) => number;
  readonly slackSeconds: number;
}

export interface Assessment {
  readonly label: Label;
  readonly isRight: boolean;
  /** What is wrong. */
  readonly faults: readonly string[];
  /** The time from when the truth holds to the first right verdict. */
  readonly secondsToName?: number;
  /** The time from when the truth holds to the first alert of a right verdict. */
  readonly secondsToAlert?: number;
  /** Wrong alerts, by verdict. */
  readonly falseAlarms: readonly string[];
  /** Changes of the verdict after it was first right. */
  readonly changes: number;
  readonly last: DatedVerdict;
}

export function assess(label: Label, { verdicts, alerts, ...seen }: Observation, clock: Clock): Assessment {
  const [first] = verdicts;
  const last = verdicts.at(-1);
  if (!first || !last) throw new Error(`there is no verdict of ${label.name}`);
  // Nothing can be known before the first reading.
  const holdsFrom = Math.max(seen.holdsFrom, first.at);
  const right: ReadonlySet<string> = new Set(label.right);
  const held = verdicts.filter(({ at }) => at >= holdsFrom);
  const named = held.find(({ verdict }) => right.has(verdict.name));
  const alarm = alerts.find((alert) => alarms(alert, holdsFrom) && right.has(verdictOf(alert)));
  const falseAlarms = wrongAlarms(label, holdsFrom, alerts);
  const seconds = (at: number) => (at - holdsFrom) / 1000;
  const secondsToName = named && seconds(named.at);
  const faults = [
    ...(label.truth === "healthy" ? [] : unnamed(label, secondsToName, clock)),
    ...(named && isAlerted(label, named.verdict) && !alarm ? ["no alert fired"] : []),
    ...(right.size === 0 || right.has(last.verdict.name) ? [] : [`${last.verdict.name} in the end`]),
    ...(label.names && named && !last.verdict.evidence.includes(label.names)
      ? [`the evidence does not name ${label.names}`]
      : []),
    ...falseAlarms.map((name) => `false alarm: ${name}`),
  ];
  return {
    label,
    isRight: faults.length === 0,
    faults,
    falseAlarms,
    changes: named ? changesAfter(verdicts.slice(verdicts.indexOf(named))) : 0,
    last,
    ...(secondsToName !== undefined && { secondsToName }),
    ...(alarm?.firedAt !== undefined && { secondsToAlert: seconds(alarm.firedAt) }),
  };
}

/** A stuck agent, or one that waits for a person, must raise an alert. */
const isAlerted = ({ truth }: Label, { name }: Verdict): boolean =>
  (truth === "stuck" || truth === "person") && name !== "at_rest";

function unnamed(
  { causes = [] }: Label,
  secondsToName: number | undefined,
  { paced, slackSeconds }: Clock,
): readonly string[] {
  if (secondsToName === undefined) return ["never named"];
  const latest = paced(Math.max(...causes.map((cause) => LATEST_SECONDS[cause]))) + slackSeconds;
  return secondsToName > latest ? [`named after ${Math.round(secondsToName)} s`] : [];
}

/** Returns each alert of a rule other than a right verdict's, by verdict. */
function wrongAlarms(
  { right = [], alsoRight = [], truth }: Label,
  holdsFrom: number,
  alerts: readonly Alert[],
): readonly string[] {
  const wrong = alerts.filter((alert) => {
    const { firedAt = 0 } = alert;
    const allowed = [...alsoRight, ...(truth === "healthy" || firedAt >= holdsFrom ? right : [])];
    return alarms(alert, 0) && !allowed.some((name) => name === verdictOf(alert));
  });
  return [...new Set(wrong.map(verdictOf))];
}

const alarms = ({ severity, firedAt = 0 }: Alert, from: number): boolean =>
  severity !== "info" && firedAt >= from;

/** A rule about an agent has the name of its verdict, such as agent-pid-reused. */
function verdictOf({ rule }: Alert): VerdictName {
  if (rule === "agent-waits-for-person") return "waiting_for_person";
  return rule.replace(/^agent-/, "").replaceAll("-", "_") as VerdictName;
}

function changesAfter(verdicts: readonly DatedVerdict[]): number {
  return verdicts.filter(
    ({ verdict }, index) => index > 0 && verdict.name !== verdicts[index - 1]?.verdict.name,
  ).length;
}
