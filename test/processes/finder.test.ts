/** Which process is found for a run without a pid, with real processes and the test's own clock. */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { processFinder } from "../../src/metrics/find-processes.ts";
import { hostNames } from "../../src/metrics/signals.ts";
import { callsWithTimeout } from "../../src/metrics/with-timeout.ts";
import { openProcfs } from "../../src/procfs/open-procfs.ts";
import { type AgentRow, NOT_REPORTED } from "../../src/repositories/repository.ts";
import { startsChildren } from "../support/children.ts";
import { AS_NOBODY, runInNamespace } from "../support/other-user.ts";
import { eventually } from "../support/service.ts";

const start = startsChildren();
let folder = "";
/** A name unique to this test, so that no other process on the machine matches. */
let program = "";
let count = 0;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "orch-metrics-test-")));
  count += 1;
  program = `agent-${process.pid}-${count}`;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Starts a process of the program in a new folder, or in `name`. */
const agentIn = (name: string, more = {}) => {
  mkdirSync(join(folder, name), { recursive: true });
  return start("sleep", ["60"], { argv0: program, cwd: join(folder, name), ...more });
};

/** Starts a process that has a file open. */
async function holder(name: string, how = ">>") {
  writeFileSync(join(folder, name), "", { flag: "a" });
  const child = start("sh", ["-c", `exec 3${how}'${join(folder, name)}'; echo open; exec sleep 60`]);
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  return child;
}

const run = (runId: string, more: Partial<AgentRow>): AgentRow => ({
  ...{
    runId,
    taskId: null,
    jobId: null,
    agent: "",
    model: null,
    host: null,
    pid: null,
    startedAtMs: Date.now(),
  },
  ...{ heartbeatAtMs: null, logPath: null, taskStage: null, jobStatus: null },
  ...NOT_REPORTED,
  ...more,
});
const inFolder = (name: string, more: Partial<AgentRow> = {}) =>
  run(more.runId ?? name, { cwd: join(folder, name), program, ...more });
const holding = (name: string, more: Partial<AgentRow> = {}) =>
  run(more.runId ?? name, { openFile: join(folder, name), ...more });

/** A bug fails the test. */
const onUnexpected = (_: string, error: unknown) => expect.unreachable(String(error));

function finder(mostLooks?: number) {
  const procfs = openProcfs();
  let sweeps = 0;
  let seconds = 0;
  const find = processFinder({
    procfs: {
      ...procfs,
      sweep(options) {
        sweeps += 1;
        return procfs.sweep(options);
      },
    },
    patiently: callsWithTimeout(),
    isThisHost: hostNames([]),
    onUnexpected,
    user: async () => process.getuid?.(),
    now: () => seconds * 1000,
    ...(mostLooks !== undefined && { mostLooks }),
  });
  return {
    /** Returns the pid of each run, or its presence if none was found. */
    async find(...rows: AgentRow[]) {
      const { running } = await find({ running: rows, total: rows.length });
      return running.map(({ pid, presence }) => pid ?? presence ?? null);
    },
    later(by: number) {
      seconds += by;
    },
    sweeps: () => sweeps,
  };
}

it("a run's process is the one that writes its file, not one that reads it", async () => {
  const [a, b] = [await holder("a.jsonl"), await holder("b.jsonl")];
  await holder("a.jsonl", "<");
  symlinkSync(join(folder, "a.jsonl"), join(folder, "link"));
  expect(await finder().find(holding("a.jsonl"), holding("b.jsonl"), holding("link"))).toEqual([
    a.pid,
    b.pid,
    a.pid,
  ]);
});

it("a run's process is the one of its program in its folder", async () => {
  const child = agentIn("a");
  start("sleep", ["60"], { cwd: join(folder, "a") });
  agentIn("b/a");
  symlinkSync(join(folder, "a"), join(folder, "link"));
  expect(await finder().find(inFolder("a"))).toEqual([child.pid]);
  expect(await finder().find(inFolder("link", { program: `other|${program}` }))).toEqual([child.pid]);
  expect(await finder().find(inFolder("a", { program: null }))).toEqual([null]);
});

it("a run's process is the outermost of nested ones", async () => {
  mkdirSync(join(folder, "a"));
  const script = `(exec -a ${program} sleep 60) & wait`;
  const outer = start("bash", ["--norc", "-c", script], { argv0: program, cwd: join(folder, "a") });
  const rows = [inFolder("a")];
  await eventually("the inner process runs", async () => (await finder().find(...rows))[0] === outer.pid);
});

it("a run is ambiguous if several processes match it, or one process matches several runs", async () => {
  const [one] = [agentIn("one"), agentIn("two"), agentIn("two")];
  const runs = [inFolder("two"), inFolder("one"), inFolder("one", { runId: "other" })];
  expect(await finder().find(...runs)).toEqual(["ambiguous", "ambiguous", "ambiguous"]);
  expect(await finder().find(...runs.map((row) => ({ ...row, sharesProcess: 1 })))).toEqual([
    "ambiguous",
    one.pid,
    one.pid,
  ]);
});

it("a run is not matched by folder with a process that belongs to another run by pid or file", async () => {
  const taken = agentIn("a");
  const other = agentIn("a");
  expect(await finder().find(run("recorded", { pid: taken.pid }), inFolder("a"))).toEqual([
    taken.pid,
    other.pid,
  ]);
});

it("a run is not matched by folder with a process that started long after it", async () => {
  agentIn("a");
  const startedAtMs = Date.now() - 120_000;
  expect(await finder().find(inFolder("a", { startedAtMs }))).toEqual(["unknown"]);
});

it("a run is gone only after two sweeps of all processes, or one after its process ended", async () => {
  const child = agentIn("a");
  mkdirSync(join(folder, "never"));
  const search = finder();
  const rows = [inFolder("a"), inFolder("never")];
  // The process in the other folder could belong to this run only if it belonged to no other.
  expect(await search.find(...rows)).toEqual([child.pid, "unknown"]);
  search.later(30);
  expect(await search.find(...rows)).toEqual([child.pid, "gone"]);
  child.kill("SIGKILL");
  await eventually("it is reported as missing", async () => (await search.find(...rows))[0] === "unknown");
  search.later(30);
  expect(await search.find(...rows)).toEqual(["gone", "gone"]);
});

it("a run is not gone while a process may belong to it, or while its folder or file is missing", async () => {
  agentIn("elsewhere");
  mkdirSync(join(folder, "a"));
  const search = finder();
  const rows = [inFolder("a"), inFolder("missing"), holding("missing.log")];
  for (const _ of [1, 2, 3]) {
    expect(await search.find(...rows)).toEqual(["unknown", "unknown", "unknown"]);
    search.later(30);
  }
});

it("a sweep of all processes happens every 30 seconds at most, and only while a run has none", async () => {
  const child = agentIn("a");
  const search = finder();
  await search.find(run("recorded", { pid: child.pid }), run("plain", {}));
  expect(search.sweeps()).toBe(0);
  await search.find(inFolder("a"));
  search.later(100);
  expect(await search.find(inFolder("a"))).toEqual([child.pid]);
  expect(search.sweeps()).toBe(1);
  const missing = inFolder("missing");
  await search.find(inFolder("a"), missing);
  search.later(29);
  await search.find(inFolder("a"), missing);
  expect(search.sweeps()).toBe(2);
  search.later(1);
  await search.find(inFolder("a"), missing);
  expect(search.sweeps()).toBe(3);
});

it("the search does not wait for a file system that hangs", async () => {
  agentIn("a");
  const patiently = callsWithTimeout();
  const find = processFinder({
    procfs: openProcfs(),
    // stat(2) behaves like this on a dead network file system.
    patiently: (_, otherwise) => patiently(() => new Promise(() => {}), otherwise),
    isThisHost: hostNames([]),
    onUnexpected,
    user: async () => null,
  });
  const { running } = await find({ running: [inFolder("a")], total: 1 });
  expect(running).toMatchObject([{ pid: null, presence: "unknown" }]);
});

it("a run is not gone if the sweep could not look at every process", async () => {
  mkdirSync(join(folder, "a"));
  for (const [mostLooks, presence] of [[10], [100_000, "gone"]] as const) {
    const search = finder(mostLooks);
    await search.find(inFolder("a"));
    search.later(30);
    expect(await search.find(inFolder("a"))).toEqual([presence ?? "unknown"]);
  }
});

describe("a service of a user other than the agents'", AS_NOBODY, () => {
  const HIDEPID = "mount -t proc -o hidepid=2 proc /proc";
  for (const [name, prepare, user, presence] of [
    ["the agents' own user", "true", "root", "gone"],
    ["a user who may not see their open files", "true", "nobody", "unknown"],
    ["a user from whom hidepid keeps them", HIDEPID, "nobody", "unknown"],
  ] as const) {
    it(`that runs as ${name} finds a run without a process ${presence}`, () => {
      chmodSync(folder, 0o755);
      writeFileSync(join(folder, "a.jsonl"), "");
      start("sleep", ["60"], { argv0: program });
      const row = JSON.stringify(holding("a.jsonl", { program }));
      const script = (project: string) => `
        const { processFinder } = await import("${project}/src/metrics/find-processes.ts");
        const { openProcfs } = await import("${project}/src/procfs/open-procfs.ts");
        const find = processFinder({ procfs: openProcfs(), patiently: (call, otherwise) => call().catch(() => otherwise),
          isThisHost: () => true, onUnexpected: (_, error) => { throw error; }, user: async () => 0, sweepSeconds: 0 });
        const rows = { running: [${row}], total: 1 };
        await find(rows);
        console.log(JSON.stringify((await find(rows)).running[0].presence));`;
      expect(runInNamespace(script, { prepare, user })).toBe(presence);
    });
  }
});
