import { describe, expect, it } from "vitest";
import type { Alert } from "../../watchdog/api.ts";
import type { VerdictName } from "../../watchdog/judgement/verdict.ts";
import { assess } from "./assess.ts";
import type { DatedVerdict } from "./observe.ts";
import type { Label } from "./scenario.ts";

const STUCK: Label = { name: "x", truth: "stuck", causes: ["lock"], right: ["hung"], why: "it is" };
const HEALTHY: Label = { name: "x", truth: "healthy", why: "it is" };
const CLOCK = { paced: (seconds: number) => seconds, slackSeconds: 30 };

const said = (seconds: number, name: VerdictName, evidence = ""): DatedVerdict => ({
  at: seconds * 1000,
  verdict: { name, evidence, signals: [], since: 0 },
});

const alert = (seconds: number, rule: string, severity: Alert["severity"] = "critical"): Alert => ({
  fingerprint: rule,
  rule,
  severity,
  target: "main",
  labels: {},
  summary: "",
  evidence: "",
  runbookUrl: "",
  state: "firing",
  thresholds: {},
  since: 0,
  firedAt: seconds * 1000,
});

const faults = (label: Label, verdicts: readonly DatedVerdict[], alerts: readonly Alert[] = []) =>
  assess(label, { holdsFrom: 0, verdicts: [said(0, "not_known_yet"), ...verdicts], alerts }, CLOCK).faults;

describe("a verdict compared with the truth", () => {
  it("is right if it is in time and raises an alert", () => {
    expect(faults(STUCK, [said(320, "hung")], [alert(320, "agent-hung")])).toEqual([]);
  });

  it("is wrong if it is late, raises no alert or does not last", () => {
    expect(faults(STUCK, [said(331, "hung")], [alert(331, "agent-hung")])).toEqual(["named after 331 s"]);
    expect(faults(STUCK, [said(300, "hung")])).toEqual(["no alert fired"]);
    expect(faults(STUCK, [said(300, "hung"), said(315, "working")], [alert(300, "agent-hung")])).toEqual([
      "working in the end",
    ]);
    expect(faults(STUCK, [said(300, "working")])).toEqual(["never named", "working in the end"]);
  });

  it("must name the tool that the scenario names", () => {
    const label = { ...STUCK, names: "vi" };
    const alerts = [alert(60, "agent-hung")];
    expect(faults(label, [said(60, "hung", "`vi` reads")], alerts)).toEqual([]);
    expect(faults(label, [said(60, "hung", "a child")], alerts)).toEqual(["the evidence does not name vi"]);
  });

  it("counts as given from the first reading on", () => {
    const seen = { holdsFrom: 0, verdicts: [said(400, "hung")], alerts: [alert(400, "agent-hung")] };
    expect(assess(STUCK, seen, CLOCK)).toMatchObject({ isRight: true, secondsToName: 0 });
  });
});

describe("an alert", () => {
  it("about a healthy agent is a false alarm, unless its severity is info", () => {
    expect(faults(HEALTHY, [said(15, "working")], [alert(15, "agent-hung")])).toEqual(["false alarm: hung"]);
    expect(faults(HEALTHY, [said(15, "working")], [alert(15, "agent-hung", "info")])).toEqual([]);
  });

  it("for another cause or before the truth holds is a false alarm", () => {
    const verdicts = [said(0, "working"), said(320, "hung")];
    const alerts = [alert(20, "agent-hung"), alert(30, "agent-gone"), alert(320, "agent-hung")];
    const seen = { holdsFrom: 100_000, verdicts, alerts };
    expect(assess(STUCK, seen, CLOCK).falseAlarms).toEqual(["hung", "gone"]);
  });

  it("is required if the agent waits for a person, but not at rest", () => {
    const person: Label = { ...STUCK, truth: "person", causes: ["person"], right: ["waiting_for_person"] };
    const rest: Label = { ...STUCK, truth: "at_rest", causes: ["person"], right: ["at_rest"] };
    expect(faults(person, [said(45, "waiting_for_person")])).toEqual(["no alert fired"]);
    expect(
      faults(person, [said(45, "waiting_for_person")], [alert(135, "agent-waits-for-person", "warning")]),
    ).toEqual([]);
    expect(faults(rest, [said(45, "at_rest")])).toEqual([]);
  });
});
