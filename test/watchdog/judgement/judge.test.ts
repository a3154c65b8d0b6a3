import { describe, expect, it } from "vitest";
import { DEFAULT_JUDGEMENT } from "../../../watchdog/judgement/thresholds.ts";
import { AT_FIRST, during, judgeAll, RUN_STARTED, reading, type State } from "./readings.ts";

const verdict = (states: readonly State[], thresholds = {}) =>
  judgeAll(states.map(reading), { ...DEFAULT_JUDGEMENT, ...thresholds }).verdict;
const name = (states: readonly State[], thresholds = {}) => verdict(states, thresholds).name;

const LIMITS = DEFAULT_JUDGEMENT;

const last = (states: readonly State[]): State => states.at(-1) as State;
const silentFor = (seconds: number, from = AT_FIRST) => [from, ...during(from, seconds)];

/** Expects `before` just before that many seconds without progress, and `hung` two polls after them. */
function expectHung(state: Partial<State>, afterSeconds: number, before: string, rate = {}): void {
  const from = { ...AT_FIRST, ...state };
  expect(name([from, ...during(from, afterSeconds - 15, rate)])).toBe(before);
  const after = verdict([from, ...during(from, afterSeconds + 30, rate)]);
  expect(after).toMatchObject({ name: "hung", since: RUN_STARTED + from.seconds * 1000 });
}

const PEER: Partial<State> = {
  wait: { kernelFunction: "ep_poll", on: ["eventfd", "socket"] },
  connections: 1,
};
const child = (program: string, more: Partial<State["youngest"][number]> = {}) => ({
  pid: 4243,
  name: program,
  program,
  state: "S",
  startTicks: 1_000_050,
  ...more,
});

describe("progress", () => {
  it.each([
    ["tokens", { tokens: 1 }, "tokens or money were recorded"],
    ["a step of the orchestrator", { progressSeconds: 1 }, "the orchestrator recorded a step"],
    ["a growing log", { log: 10 }, "its log grew by 150 bytes"],
    ["files stored by a computing tree", { storage: 50_000, ticks: 5 }, "750000 bytes were stored"],
  ])("is %s", (_, rate, evidence) => {
    const from = { ...AT_FIRST, progressSeconds: 0 };
    const said = verdict([from, ...during(from, 3_600, rate)]);
    expect(said.name).toBe("working");
    expect(said.evidence).toContain(evidence);
  });

  it("is a tool that starts and keeps running", () => {
    const before = silentFor(240);
    const youngest = [child("pytest", { startTicks: 1_025_000 })];
    const after = during(last(before), 240, {}, { youngest });
    expect(verdict([...before, ...after]).evidence).toContain(
      "no progress: no tokens, no new log lines, nothing stored for 3 min 30 s",
    );
  });

  it.each([
    ["context switches, as from a spinner", { switches: 50, ticks: 1 }],
    ["characters, as from a ping", { chars: 100 }],
    ["drawn characters", { chars: 2_000, written: 2_000 }],
    ["files without computation, as from a state database", { storage: 800 }],
    ["a runtime's own ticks", { ticks: 10 }],
  ])("is not %s", (_, rate) => {
    expectHung(
      {},
      LIMITS.lock_seconds,
      "ticks" in rate && rate.ticks === 10 ? "working" : "not_known_yet",
      rate,
    );
  });

  it("is not a log that repeats the same lines", () => {
    const repeating = { lines: 100, distinctLines: 3, log: 8_000 };
    expectHung(repeating, LIMITS.repeat_seconds, "not_known_yet", { log: 5 });
    const from = { ...AT_FIRST, ...repeating };
    expect(verdict([from, ...during(from, 600, { log: 5 })]).evidence).toContain(
      "its log repeats the same lines",
    );
  });

  it("is a log with different lines, and a short log with a new line", () => {
    const various = { ...AT_FIRST, lines: 40, distinctLines: 35, log: 9_000 };
    expect(name([various, ...during(various, 1_800, { log: 5 })])).toBe("working");
    const short = { ...AT_FIRST, lines: 10, distinctLines: 5, log: 500 };
    expect(name([short, ...during(short, 900, { log: 1, lines: 0.1, distinctLines: 0.1 })])).toBe("working");
  });
});

describe("hung", () => {
  it("is the verdict after five minutes if nothing outside can wake the agent", () => {
    expectHung({}, LIMITS.lock_seconds, "not_known_yet");
    expect(verdict(silentFor(330))).toEqual({
      name: "hung",
      evidence:
        "it has no connection, no terminal and no child: nothing outside can wake it; no progress: no tokens, no new log lines, nothing stored for 5 min 30 s",
      signals: expect.arrayContaining(["wait", "connections", "usage", "log"]),
      cause: "nothing",
      limit: ["lock_seconds", LIMITS.lock_seconds],
      since: RUN_STARTED + 60_000,
    });
  });

  it.each([
    [
      "a lock between its own threads",
      { threadWaits: { futex_wait_queue: 3 }, wait: { kernelFunction: "futex_wait_queue" } },
    ],
    [
      "a file lock",
      { wait: { kernelFunction: "locks_lock_inode_wait", systemCall: "flock", on: ["lock"] }, threads: 1 },
    ],
  ])("is the verdict after five minutes for %s", (_, state) => {
    expectHung(state, LIMITS.lock_seconds, "not_known_yet");
  });

  it("is not a lock if a thread of a runtime waits for something outside", () => {
    const state = { ...AT_FIRST, ...PEER, threadWaits: { futex_wait_queue: 8, ep_poll: 1 } };
    expect(name(silentFor(900, state))).toBe("waiting_on_peer");
  });

  it("is the verdict after 16 minutes if a peer is connected, since a response may take 15, with or without pings", () => {
    expectHung(PEER, LIMITS.peer_seconds, "waiting_on_peer");
    expectHung(PEER, LIMITS.peer_seconds, "waiting_on_peer", { switches: 1, chars: 20 });
  });

  it("is the verdict after 16 minutes if the agent waits for a socket other than TCP, as a daemon's client does", () => {
    expectHung(
      { wait: { kernelFunction: "ep_poll", on: ["eventfd", "socket"] } },
      LIMITS.peer_seconds,
      "waiting_on_peer",
    );
  });

  it("is the verdict after 20 minutes if a child makes no progress, with what the child waits for", () => {
    const youngest = [child("sleep", { wait: { kernelFunction: "hrtimer_nanosleep", on: ["timer"] } })];
    const from = { ...AT_FIRST, youngest };
    expect(name(silentFor(1_125, from))).toBe("waiting_on_child");
    expect(verdict(silentFor(1_185, from))).toMatchObject({
      name: "hung",
      evidence: expect.stringContaining("waits for a child: `sleep`, waiting for a timer"),
    });
  });

  it("is the verdict after 12 minutes of silence if the kernel does not show the wait", () => {
    expectHung(
      { wait: undefined, threadWaits: {}, connections: undefined },
      LIMITS.hung_seconds,
      "not_known_yet",
    );
  });

  it("is the verdict after 12 minutes if a file system does not respond", () => {
    expectHung(
      { wait: { kernelFunction: "fuse_get_req", on: ["file"] }, state: "D", threads: 1 },
      LIMITS.hung_seconds,
      "not_known_yet",
    );
  });

  it("is not hidden by a heartbeat that another process renews", () => {
    const states = silentFor(735).map((state) => ({ ...state, heartbeatSeconds: state.seconds }));
    expect(verdict(states)).toMatchObject({ name: "hung", evidence: expect.stringContaining("heartbeat") });
  });

  it("leaves the next wait its own limit after a long tool has ended", () => {
    const waiting = { ...AT_FIRST, youngest: [child("sleep")] };
    const waited = [waiting, ...during(waiting, 900)];
    const ended = { ...last(waited), youngest: [] };
    expect(name([...waited, ...during(ended, 240)])).not.toBe("hung");
    expect(name([...waited, ...during(ended, 300)])).toBe("hung");
  });

  it("is the verdict for tools that end one after the other without progress", () => {
    const states: State[] = [{ ...AT_FIRST, youngest: [child("sleep")] }];
    for (let turn = 1; turn <= 20; turn++)
      states.push(
        ...during({ ...last(states), youngest: [] }, 15),
        ...during({ ...last(states), youngest: [child("sleep", { startTicks: turn })] }, 60),
      );
    expect(name(states)).toBe("hung");
  });

  it("survives one reading in which the process happens to run and shows no wait", () => {
    const hung = silentFor(400);
    expect(
      name([...hung, { ...last(hung), seconds: last(hung).seconds + 15, state: "R", wait: undefined }]),
    ).toBe("hung");
  });

  it("does not apply to a process that is older than its run and has been idle throughout", () => {
    const stranger = { ...AT_FIRST, startedSeconds: -7_200 };
    expect(name(silentFor(7_200, stranger))).toBe("not_known_yet");
    expect(name([stranger, ...during(stranger, 7_200)], { process_lead_seconds: 0 })).toBe("hung");
  });
});

describe("a person", () => {
  const reads = { terminal: { foreground: true, reads: true } };
  const prompt = { wait: { kernelFunction: "wait_woken", systemCall: "read", on: ["terminal"] }, ...reads };
  const loop = { wait: { kernelFunction: "ep_poll", on: ["eventfd", "terminal"] }, ...reads };

  it.each([
    ["the agent", prompt],
    [
      "a tool",
      { youngest: [child("vi", { wait: { kernelFunction: "do_select", on: ["terminal"] }, ...reads })] },
    ],
    [
      "a tool next to a helper that pings",
      { ...PEER, youngest: [child("less", { ...prompt }), child("mcp")] },
    ],
  ])("is waited for within a minute if the terminal is read by %s", (_, state) => {
    const from = { ...AT_FIRST, ...state };
    expect(verdict([from, ...during(from, 45, { switches: 1 })])).toMatchObject({
      name: "waiting_for_person",
      evidence: expect.stringMatching(/`(agent|vi|less)` reads the terminal; no progress for 45 s/),
    });
    expect(name(silentFor(7_200, from))).toBe("waiting_for_person");
  });

  it("is waited for at the interface of an agent that has worked, but not of one that has not started", () => {
    expect(name(silentFor(60, { ...AT_FIRST, ...loop }))).toBe("waiting_for_person");
    expect(name(silentFor(60, { ...AT_FIRST, ...loop, log: 0, tokens: 0 }))).toBe("at_rest");
  });

  it("is not waited for during a turn, while the interface draws a spinner and a peer is connected", () => {
    const turn = { ...AT_FIRST, ...loop, connections: 1 };
    const drawing = { chars: 500, written: 500 };
    expect(name([turn, ...during(turn, 600, drawing)])).toBe("waiting_on_peer");
    expect(name([turn, ...during(turn, 990, drawing)])).toBe("hung");
    const pinging = during(turn, 990, { chars: 20, written: 10, switches: 1 });
    expect(name([turn, ...pinging]), "a prompt with a connection that is kept alive").toBe(
      "waiting_for_person",
    );
  });

  describe("whose agent runs as another user, so that the kernel does not show its waits", () => {
    const hidden = { ...AT_FIRST, wait: undefined, threadWaits: {}, connections: undefined };
    const foreground = { terminal: { foreground: true } };

    it.each([
      ["the agent", { ...hidden, ...foreground }],
      ["a tool", { ...hidden, ...foreground, youngest: [child("vi", foreground)] }],
    ])("may be waited for after a long sleep of %s in the foreground of its terminal", (_, from) => {
      const blinking = { switches: 2 };
      expect(name([from, ...during(from, LIMITS.hung_seconds - 15, blinking)])).not.toBe(
        "waiting_for_person",
      );
      expect(verdict([from, ...during(from, LIMITS.hung_seconds + 15, blinking)])).toMatchObject({
        name: "waiting_for_person",
        evidence: expect.stringMatching(
          /^waits for a person, or hangs: `(agent|vi)` sleeps in the foreground of its terminal/,
        ),
      });
    });

    it("is not waited for while the interface draws a spinner, or without a terminal", () => {
      const atTerminal = { ...hidden, ...foreground };
      expect(name([atTerminal, ...during(atTerminal, LIMITS.peer_seconds + 30, { switches: 12 })])).toBe(
        "hung",
      );
      expect(name(silentFor(LIMITS.hung_seconds + 15, hidden))).toBe("hung");
    });

    it("is waited for by a tool, and at rest without one, if no work has started", () => {
      const from = { ...hidden, ...foreground, log: 0, tokens: 0 };
      const tool = { ...from, youngest: [child("vi", foreground)] };
      expect(name(silentFor(LIMITS.hung_seconds + 15, tool))).toBe("waiting_for_person");
      expect(verdict(silentFor(LIMITS.hung_seconds + 15, from))).toMatchObject({
        name: "at_rest",
        evidence: expect.stringMatching(/^at rest, or hangs: /),
      });
    });
  });

  it("is not waited for by a background process of the terminal", () => {
    expect(
      name(silentFor(60, { ...AT_FIRST, ...prompt, terminal: { foreground: false, reads: true } })),
    ).not.toBe("waiting_for_person");
  });
});

describe("a planned sleep", () => {
  const timer = { kernelFunction: "hrtimer_nanosleep", systemCall: "clock_nanosleep", on: ["timer"] };

  it("is not a hang while the process has slept since its last progress", () => {
    const from = { ...AT_FIRST, wait: timer, threads: 1 };
    expect(name(silentFor(18_000, from))).toBe("sleeping");
    expect(name([from, ...during(from, 1_800, { switches: 0.5 })]), "it wakes again and again").toBe("hung");
  });

  it("lasts as long as the timeout of its call, and no longer", () => {
    const from = { ...AT_FIRST, wait: { ...AT_FIRST.wait, timeoutSeconds: 3_600 } };
    expect(verdict(silentFor(1_800, from))).toMatchObject({ name: "sleeping" });
    const woken = { ...from, wait: AT_FIRST.wait };
    const asleep = [from, ...during(woken, 3_600 + 240)];
    expect(name(asleep)).not.toBe("hung");
    expect(name([...asleep, ...during(last(asleep), 60)])).toBe("hung");
  });

  it("is forgotten when the readings before are not comparable", () => {
    const from = { ...AT_FIRST, wait: { ...AT_FIRST.wait, timeoutSeconds: 3_600 } };
    const asleep = silentFor(60, from);
    const next = { ...last(asleep), seconds: last(asleep).seconds + 600, wait: AT_FIRST.wait };
    expect(name([...asleep, next, ...during(next, 300)])).toBe("hung");
  });

  it("does not count while a peer is connected, nor if it is a runtime's short timer", () => {
    const waiting = { ...AT_FIRST, ...PEER, wait: { ...PEER.wait, timeoutSeconds: 3_600 } } as State;
    expect(name(silentFor(990, waiting))).toBe("hung");
    const short = { ...AT_FIRST, wait: { ...AT_FIRST.wait, timeoutSeconds: 8 } };
    expect(name(silentFor(330, short))).toBe("hung");
  });
});

describe("computing", () => {
  it("without progress is spinning after ten minutes, in the agent's own process and in a child's", () => {
    expect(verdict([AT_FIRST, ...during(AT_FIRST, 615, { ticks: 97 })])).toMatchObject({
      name: "spinning",
      evidence:
        "97 % of a core for 10 min 15 s, and no progress: no tokens, no new log lines, nothing stored",
      since: RUN_STARTED + 60_000,
    });
    const youngest = [child("python3", { state: "R" })];
    const from = { ...AT_FIRST, youngest };
    const looping = [from, ...during(from, 630, { childTicks: 97 })];
    expect(verdict(looping)).toMatchObject({
      name: "spinning",
      evidence: expect.stringContaining("`python3`, running"),
    });
    expect(name(looping.slice(0, 30))).toBe("waiting_on_child");
  });

  it.each([
    ["logs", { log: 1 }],
    ["spends tokens", { tokens: 1 }],
    ["stores files", { storage: 50_000 }],
  ])("is working, however long, if the agent %s", (_, rate) => {
    expect(name([AT_FIRST, ...during(AT_FIRST, 7_200, { ticks: 97, ...rate })])).toBe("working");
  });

  it("is not a hang if the process is ready to run but gets almost no CPU", () => {
    const from = { ...AT_FIRST, youngest: [child("cc1", { state: "R" })] };
    expect(verdict([from, ...during(from, 3_600, { childTicks: 1 })])).toMatchObject({
      name: "waiting_on_child",
      evidence: expect.stringContaining("ready to run in each reading, but got only 1 % of a core"),
    });
  });
});

describe("not_known_yet", () => {
  const silent = during(AT_FIRST, 240);
  const unreadable = { ...last(silent), seconds: last(silent).seconds + 15, presence: "unknown" };
  const later = (seconds: number, more: Partial<State> = {}) => {
    const next = { ...last(silent), ...more, seconds: last(silent).seconds + seconds };
    return [...silent, next, ...during(next, 240)];
  };

  it.each([
    ["a gap in the sampling", later(600), "nothing was read for 600 s"],
    ["a reboot", later(15, { bootId: "another" }), "the machine was restarted"],
    ["a new source epoch", later(15, { sourceEpoch: "another" }), "the orchestrator's database was replaced"],
    ["a decreased counter", later(15, { ticks: 3 }), "a counter went backwards"],
    ["a clock set back", later(-200), "the clock was set back"],
    [
      "an unreadable process",
      [...silent, unreadable, ...during({ ...AT_FIRST, seconds: unreadable.seconds }, 240)],
      "could not be read",
    ],
  ])("is the verdict after %s, however long the silence before", (_, states, reason) => {
    const { name, evidence } = verdict(states);
    expect(name).toBe("not_known_yet");
    expect(evidence).toContain(reason);
  });

  it("becomes hung after the same time without progress again", () => {
    const states = later(600);
    expect(name([...states, ...during(last(states), 90)])).toBe("hung");
  });

  it("is the verdict for one reading, or the same one twice", () => {
    expect(verdict([AT_FIRST])).toMatchObject({ name: "not_known_yet", evidence: "one reading so far" });
    expect(name([AT_FIRST, AT_FIRST])).toBe("not_known_yet");
  });
});

describe("the verdict", () => {
  it.each([
    ["stopped", { state: "T" }],
    ["stopped", { frozen: true }],
    ["zombie", { presence: "zombie", state: "Z" }],
    ["gone", { presence: "gone" }],
    ["not_visible", { presence: "hidden" }],
    ["not_visible", { presence: "other_host" }],
    ["not_visible", { presence: "no_pid" }],
    ["not_visible", { presence: "unknown" }],
    ["not_visible", { memory: 0, ticks: 0 }],
  ] as const)("is %s from the first reading: %o", (expected, state) => {
    expect(name([{ ...AT_FIRST, ...state }])).toBe(expected);
  });

  it("is stopped if a child is stopped, once nothing else progresses", () => {
    const youngest = [child("tool", { state: "T" })];
    expect(verdict([AT_FIRST, ...during(AT_FIRST, 15, {}, { youngest })])).toMatchObject({
      name: "stopped",
      evidence: "its child `tool` (pid 4243) is stopped by a signal; no progress for 15 s",
    });
    expect(name([AT_FIRST, ...during(AT_FIRST, 60, { tokens: 1 }, { youngest })])).toBe("working");
  });

  it("begins with the first of the uninterrupted readings", () => {
    const stopped = during(AT_FIRST, 60, {}, { state: "T" });
    expect(verdict([AT_FIRST, ...stopped]).since).toBe(RUN_STARTED + 75_000);
  });

  it("is detached if the recorded process ended and its log grows, and gone once the log stops", () => {
    const gone = { ...AT_FIRST, presence: "gone" };
    expect(name([gone])).toBe("gone");
    const growing = [gone, ...during(gone, 300, { log: 5 })];
    expect(name(growing)).toBe("detached");
    expect(name([...growing, ...during(last(growing), LIMITS.hung_seconds - 15)])).toBe("detached");
    expect(name([...growing, ...during(last(growing), LIMITS.hung_seconds + 15)])).toBe("gone");
  });

  it("is gone even if the process wrote its last lines as it ended", () => {
    const ended = during(AT_FIRST, 60, {}, { presence: "gone", log: 3_000 });
    expect(name([AT_FIRST, ...ended])).toBe("gone");
  });

  it("comes from the records of a run without a visible process", () => {
    const unseen = { ...AT_FIRST, presence: "no_pid" };
    expect(name([unseen, ...during(unseen, 600, { log: 5 })])).toBe("working");
    expect(name(silentFor(900, unseen))).toBe("not_visible");
    expect(verdict(silentFor(990, unseen))).toMatchObject({
      name: "hung",
      evidence:
        "no new log lines, no tokens and no step for 16 min 30 s; no process id is recorded for the run",
    });
    expect(name(silentFor(7_200, { ...unseen, log: undefined }))).toBe("not_visible");
  });

  it("is pid_reused if the pid's start time changes, and stays so", () => {
    const other = { ...AT_FIRST, seconds: 75, startTicks: 1_002_000, startedSeconds: 20 };
    const states = [AT_FIRST, other, ...during(other, 60, { ticks: 50 })];
    expect(verdict(states)).toMatchObject({ name: "pid_reused", since: RUN_STARTED + 75_000 });
  });

  it("is pid_reused if the process started long after its run, unless something of the run grows", () => {
    const late = { ...AT_FIRST, startedSeconds: 300, seconds: 400 };
    expect(name([late])).toBe("not_known_yet");
    expect(name(silentFor(75, late))).toBe("pid_reused");
    expect(name([late, ...during(late, 75, { log: 5 })])).toBe("working");
    expect(name([late, ...during(late, 75, { ticks: 50 })])).toBe("working");
    const reused = silentFor(75, late);
    expect(name([...reused, ...during(last(reused), 75, { log: 5 })]), "it is not sticky").not.toBe(
      "pid_reused",
    );
  });

  it("is not pid_reused if an orchestrator starts another process for the run, or starts it late", () => {
    const other = { ...AT_FIRST, seconds: 600, pid: 5000, startTicks: 1_050_000, startedSeconds: 590 };
    expect(name([AT_FIRST, other, ...during(other, 60, { ticks: 50 })])).toBe("working");
    const waiting = { ...AT_FIRST, presence: "no_pid", pid: 0 };
    expect(name([waiting, other, ...during(other, 60, { ticks: 50 })])).toBe("working");
  });

  it("is orphaned some time after its task is finished, whatever the process does", () => {
    const finished = during(AT_FIRST, 60, { ticks: 50 }, { taskFinished: true });
    expect(name([AT_FIRST, ...finished.slice(0, 2)])).toBe("working");
    expect(verdict([AT_FIRST, ...finished])).toMatchObject({ name: "orphaned", since: RUN_STARTED + 75_000 });
  });
});
