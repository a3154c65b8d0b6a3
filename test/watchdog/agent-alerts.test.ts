/** Which verdicts raise an alert, and with which text. */

import { writeFileSync } from "node:fs";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, it } from "vitest";
import { eventually } from "../support/service.ts";
import { type EnvelopeInit, startFakeTarget } from "./support/fake-target.ts";
import { createFolder, watchInProcess } from "./support/watchdog.ts";

const READS = { foreground: true, reads: true };
const STILL = { state: "S", startTicks: 100_000, threads: 2, residentMemoryBytes: 9e7, userTicks: 500 };
const OWN_TIMER = { kernelFunction: "do_epoll_wait", on: ["eventfd"] };
const NO_CHILD = { processes: 0, ticks: 0 };

const process = (more: object) => ({
  presence: "running",
  process: { ...STILL, descendants: NO_CHILD, ...more },
});

/** Each agent is named after what it does. */
const LIVES: Readonly<Record<string, object>> = {
  editing: process({
    descendants: {
      processes: 1,
      youngest: [{ name: "vi", program: "vi", state: "S", startTicks: 900_000, terminal: READS }],
    },
  }),
  resting: {
    ...process({ name: "tui", terminal: READS, wait: { ...OWN_TIMER, on: ["terminal"] } }),
    usage: { runs: 1 },
  },
  sleeping: process({ wait: { ...OWN_TIMER, timeoutSeconds: 18_000 }, connections: { established: 0 } }),
  connected: process({ wait: { ...OWN_TIMER, on: ["socket"] }, connections: { established: 1 } }),
  delegating: process({
    descendants: { processes: 1, youngest: [{ name: "make", state: "S", startTicks: 900_000 }] },
  }),
  frozen: process({ frozen: true }),
  unrecorded: { presence: "no_pid" },
  elsewhere: { presence: "other_host" },
};

function envelope(): EnvelopeInit {
  const startedAt = timestampFromMs(Date.now());
  return {
    agents: {
      running: Object.entries(LIVES).map(([agent, life], index) => ({
        agent,
        runId: String(index + 1),
        pid: 4000 + index,
        startedAt,
        usage: { runs: 1, inputTokens: 7 },
        ...life,
      })),
    },
  };
}

const THRESHOLDS = `
judgement: { person_seconds: 0.2, recent_seconds: 0.4 }
rules: { agent-waits-for-person: { for_seconds: 0 }, agent-stopped: { for_seconds: 0 }, agent-not-visible: { for_seconds: 0 } }
`;

it("raises an alert if an agent waits for a person, is frozen or is not visible, but not if it rests, sleeps or waits", async () => {
  using folder = createFolder();
  writeFileSync(folder.file("thresholds.yaml"), THRESHOLDS);
  await using target = await startFakeTarget(envelope());
  await using watchdog = await watchInProcess([
    ...[
      "--target",
      `main=${target.url}`,
      "--thresholds",
      folder.file("thresholds.yaml"),
      "--history",
      "none",
    ],
  ]);
  const verdicts = async () =>
    (await watchdog.target("main")).agents.map(({ agent, verdict }) => `${agent}: ${verdict.name}`);
  await eventually("everything is known", async () => {
    const all = await verdicts();
    return all.length > 0 && !all.some((each) => each.includes("not_known_yet"));
  });
  expect(await verdicts()).toEqual([
    "editing: waiting_for_person",
    "resting: at_rest",
    "sleeping: sleeping",
    "connected: waiting_on_peer",
    "delegating: waiting_on_child",
    "frozen: stopped",
    "unrecorded: not_visible",
    "elsewhere: not_visible",
  ]);
  await target.polls();
  const { open } = await watchdog.alerts();
  expect(
    open.map(({ rule, state, severity, summary }) => `${rule} ${state} ${severity}: ${summary}`).sort(),
  ).toEqual([
    "agent-not-visible firing warning: unrecorded (run 7) cannot be watched: its process is not visible",
    "agent-stopped firing warning: frozen (run 6) is stopped, or one of its children is",
    "agent-waits-for-person firing warning: editing (run 1) waits for a person",
  ]);
  const person = open.find(({ rule }) => rule === "agent-waits-for-person");
  expect(person?.evidence).toMatch(/^waits for a person: `vi` reads the terminal; no progress for /);
  const runbook = await (await watchdog.get("/runbooks/agent-waits-for-person")).text();
  expect(runbook).toContain("answer");
  expect(runbook).not.toMatch(/kill (-\w+ )?PID/);
});
