import { describe, expect, it } from "vitest";
import { judge } from "../../../watchdog/judgement/judge.ts";
import { DEFAULT_JUDGEMENT } from "../../../watchdog/judgement/thresholds.ts";
import { AT_FIRST, during, RUN_STARTED, reading, type State } from "./readings.ts";

const verdict = (states: readonly State[], thresholds = {}) =>
  judge(states.map(reading), { ...DEFAULT_JUDGEMENT, ...thresholds });
const name = (states: readonly State[], thresholds = {}) => verdict(states, thresholds).name;

const last = (states: readonly State[]): State => states.at(-1) as State;
const silentFor = (seconds: number, from = AT_FIRST) => [from, ...during(from, seconds)];

describe("what moves", () => {
  it("is working while it computes, though nothing else tells so", () => {
    expect(name([AT_FIRST, ...during(AT_FIRST, 60, { ticks: 40 })])).toBe("working");
  });

  it("is working when tokens are recorded, without a tick", () => {
    expect(name([AT_FIRST, ...during(AT_FIRST, 60, { tokens: 10 })])).toBe("working");
  });

  it("is working while its log grows, whoever writes it", () => {
    const { evidence, signals } = verdict([AT_FIRST, ...during(AT_FIRST, 60, { log: 10 })]);
    expect(evidence).toBe("no ticks, its log grew by 600 bytes in the last 1 min 0 s");
    expect(signals).toEqual(["log"]);
  });

  it("waits on a child that computes, and on one that was waited for meanwhile", () => {
    const living = [AT_FIRST, ...during(AT_FIRST, 60, { childTicks: 90 }, { children: 1 })];
    expect(name(living)).toBe("waiting_on_child");
    const reaped = { ...last(living), seconds: 135, childTicks: 0, reaped: 5_500, children: 0 };
    expect(name([...living, reaped])).toBe("waiting_on_child");
  });

  it("does not count a child's ticks twice when the child is waited for", () => {
    const child = { ...AT_FIRST, childTicks: 6_000, children: 2 };
    const waited = { ...child, seconds: 75, childTicks: 0, reaped: 6_100, children: 2 };
    expect(verdict([child, waited])).toMatchObject({
      name: "waiting_on_child",
      evidence: expect.stringContaining("0 % of a core by its children (2 living), 1 child came or went"),
    });
  });

  it("waits on a stream when only switches move, as with recv(2)", () => {
    const { name, evidence } = verdict([AT_FIRST, ...during(AT_FIRST, 60, { switches: 20 })]);
    expect(name).toBe("waiting_on_stream");
    expect(evidence).toBe("no ticks, but 1,200 switches, 0 bytes read or written in the last 1 min 0 s");
  });

  it("waits on a child when only the child is awake", () => {
    const states = during(AT_FIRST, 60, { childSwitches: 20 }, { children: 1 });
    expect(name([{ ...AT_FIRST, children: 1 }, ...states])).toBe("waiting_on_child");
  });
});

describe("hung", () => {
  it("is silence for the whole threshold, with the evidence in numbers and the start of the silence", () => {
    const states = silentFor(735, { ...AT_FIRST, children: 3 });
    expect(verdict(states)).toEqual({
      name: "hung",
      evidence:
        "no ticks, no switches, nothing read or written, no log growth, no tokens for 12 min 15 s; 3 descendants, all asleep",
      signals: expect.arrayContaining(["ticks", "voluntary_context_switches", "log", "descendants.ticks"]),
      since: RUN_STARTED + 60_000,
    });
  });

  it("is not said before the threshold: two calls of a model may lie so far apart", () => {
    const { name, evidence } = verdict(silentFor(600));
    expect(name).toBe("not_known_yet");
    expect(evidence).toContain("for 10 min 0 s; it counts as hung from 12 min 0 s on");
  });

  it("is not hidden by a heartbeat that somebody else renews", () => {
    const states = silentFor(735).map((state) => ({ ...state, heartbeatSeconds: state.seconds }));
    expect(verdict(states)).toMatchObject({ name: "hung", evidence: expect.stringContaining("heartbeat") });
  });

  it("is not hidden by a runtime's housekeeping, one switch a minute", () => {
    expect(name([AT_FIRST, ...during(AT_FIRST, 735, { switches: 1 / 60 })])).toBe("hung");
  });

  it("is not hidden by a runtime whose threads wake each other, eight bytes written and read each time", () => {
    const waking = { switches: 1 / 5, chars: 16 / 5, written: 8 / 5 };
    expect(name([AT_FIRST, ...during(AT_FIRST, 735, waking)])).toBe("hung");
    const answers = during(AT_FIRST, 1_500, { ...waking, switches: 2 / 5 });
    expect(name([AT_FIRST, ...answers])).toBe("waiting_on_stream");
  });

  it("is never said of a stream that only pings, four times a minute", () => {
    expect(name([AT_FIRST, ...during(AT_FIRST, 3_000, { switches: 4 / 60 })])).not.toBe("hung");
  });

  it.each([
    ["ticks", { ticks: 0.1 }],
    ["switches", { switches: 0.2 }],
    ["characters", { chars: 10 }],
    ["the log", { log: 0.1 }],
    ["tokens", { tokens: 0.1 }],
    ["reaped children", { reaped: 0.1 }],
    ["descendants' ticks", { childTicks: 0.1 }],
    ["descendants' switches", { childSwitches: 0.2 }],
    ["descendants' characters", { childChars: 10 }],
  ])("is not said while %s alone move", (_, rate) => {
    expect(name([AT_FIRST, ...during(AT_FIRST, 1_500, rate)])).not.toBe("hung");
  });

  it("is not said where the kernel tells ticks alone", () => {
    const states = silentFor(7_200, { ...AT_FIRST, switches: undefined, chars: undefined });
    expect(verdict(states)).toMatchObject({
      name: "not_known_yet",
      evidence: expect.stringContaining("the kernel does not tell its switches"),
    });
  });

  it("is said of what is awake for an hour and has nothing to show", () => {
    const states = [AT_FIRST, ...during(AT_FIRST, 3_615, { switches: 1, ticks: 0.1 })];
    expect(verdict(states)).toMatchObject({ name: "hung", since: RUN_STARTED + 60_000 });
    expect(verdict(states).evidence).toBe(
      "awake (3,615 switches, 0.1 % of a core) but nothing read or written, no tokens, no log growth for 1 h 0 min; no descendants",
    );
  });

  it("is said of what computes a little for an hour and has nothing to show, as a spinner on a screen", () => {
    expect(name([AT_FIRST, ...during(AT_FIRST, 3_615, { ticks: 5, switches: 50 })])).toBe("hung");
  });

  it("is not said so of what has no log and tells no tokens: a stream may leave switches alone", () => {
    const mute = { ...AT_FIRST, log: undefined, tokens: 0 };
    expect(name([mute, ...during(mute, 7_200, { switches: 1 })])).toBe("waiting_on_stream");
  });
});

describe("our own eyes closed", () => {
  const silent = during(AT_FIRST, 600);
  const unreadable = { ...last(silent), seconds: last(silent).seconds + 15, presence: "unknown" };
  const later = (seconds: number, more: Partial<State> = {}) => {
    const next = { ...last(silent), ...more, seconds: last(silent).seconds + seconds };
    return [...silent, next, ...during(next, 300)];
  };

  it.each([
    ["a gap in the sampling", later(600), "nothing was read for 600 s"],
    ["a reboot", later(15, { bootId: "another" }), "the machine was started anew"],
    ["another source", later(15, { sourceEpoch: "another" }), "the orchestrator's database was replaced"],
    ["a counter that fell", later(15, { ticks: 3 }), "a counter went backwards"],
    ["a clock set back", later(-400), "the clock was set back"],
    [
      "a process that could not be read",
      [...silent, unreadable, ...during({ ...AT_FIRST, seconds: unreadable.seconds }, 300)],
      "could not be read",
    ],
  ])("never says hung after %s, however long it was silent before", (_, states, reason) => {
    const { name, evidence } = verdict(states);
    expect(name).toBe("not_known_yet");
    expect(evidence).toContain(reason);
  });

  it("says hung when the silence lasts as long again", () => {
    const states = later(600);
    expect(name([...states, ...during(last(states), 435)])).toBe("hung");
  });

  it("knows nothing from one reading, or the same one twice", () => {
    expect(verdict([AT_FIRST])).toMatchObject({ name: "not_known_yet", evidence: "one reading so far" });
    expect(name([AT_FIRST, AT_FIRST])).toBe("not_known_yet");
    expect(() => judge([], DEFAULT_JUDGEMENT)).toThrow("no reading");
  });
});

describe("spinning", () => {
  it("is a core's worth of ticks for the threshold with nothing to show", () => {
    expect(verdict([AT_FIRST, ...during(AT_FIRST, 615, { ticks: 97 })])).toMatchObject({
      name: "spinning",
      evidence: "97 % of a core for 10 min 15 s, but nothing read or written, no tokens, no log growth",
      since: RUN_STARTED + 60_000,
    });
  });

  it.each([
    ["reads or writes", { chars: 100 }],
    ["logs", { log: 1 }],
    ["spends tokens", { tokens: 1 }],
    ["has a child that works", { childTicks: 5 }],
    ["computes a little", { ticks: 20 }],
  ])("is not said of what %s", (_, rate) => {
    expect(name([AT_FIRST, ...during(AT_FIRST, 1_200, { ticks: 97, ...rate })])).toBe("working");
  });

  it("is not said where ticks are all that is told", () => {
    const blind = { ...AT_FIRST, chars: undefined, log: undefined };
    expect(name([blind, ...during(blind, 1_200, { ticks: 97 })])).toBe("working");
  });
});

describe("what the kernel and the orchestrator say outright", () => {
  it.each([
    ["stopped", { state: "T" }],
    ["zombie", { presence: "zombie", state: "Z" }],
    ["gone", { presence: "gone" }],
    ["not_visible", { presence: "hidden" }],
    ["not_visible", { presence: "other_host" }],
    ["not_visible", { presence: "no_pid" }],
    ["not_visible", { presence: "unknown" }],
    ["not_visible", { memory: 0, chars: 0 }],
    ["pid_reused", { startedSeconds: 300, seconds: 400 }],
  ] as const)("is %s from the first reading: %o", (expected, state) => {
    expect(name([{ ...AT_FIRST, ...state }])).toBe(expected);
  });

  it("says since when, by the first reading of an unbroken row", () => {
    const stopped = during(AT_FIRST, 60, {}, { state: "T" });
    expect(verdict([AT_FIRST, ...stopped]).since).toBe(RUN_STARTED + 75_000);
  });

  it("tells a reused pid by its start, and keeps to it", () => {
    const other = { ...AT_FIRST, seconds: 75, startTicks: 1_002_000, startedSeconds: 20 };
    const states = [AT_FIRST, other, ...during(other, 60, { ticks: 50 })];
    expect(verdict(states)).toMatchObject({ name: "pid_reused", since: RUN_STARTED + 75_000 });
  });

  it("lets an orchestrator start another process for the same run, or start it late", () => {
    const other = { ...AT_FIRST, seconds: 600, pid: 5000, startTicks: 1_050_000, startedSeconds: 590 };
    expect(name([AT_FIRST, other, ...during(other, 60, { ticks: 50 })])).toBe("working");
    const waiting = { ...AT_FIRST, presence: "no_pid", pid: 0 };
    expect(name([waiting, other, ...during(other, 60, { ticks: 50 })])).toBe("working");
  });

  it("lets a process serve a later run, unless told otherwise", () => {
    const worker = { ...AT_FIRST, startedSeconds: -7_200 };
    const states = [worker, ...during(worker, 60, { ticks: 50 })];
    expect(name(states)).toBe("working");
    expect(name(states, { processLeadSeconds: 60 })).toBe("not_visible");
  });

  it("is orphaned when its task is finished for a while, whatever it does", () => {
    const finished = during(AT_FIRST, 60, { ticks: 50 }, { taskFinished: true });
    expect(name([AT_FIRST, ...finished.slice(0, 2)])).toBe("working");
    expect(verdict([AT_FIRST, ...finished])).toMatchObject({ name: "orphaned", since: RUN_STARTED + 75_000 });
  });
});
