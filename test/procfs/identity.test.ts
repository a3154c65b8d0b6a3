/** Which pid is a run's process, and whether it is alive, including cases that `ps` and `kill -0` get wrong. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import { openProcfs, type ProcfsOptions } from "../../src/procfs/open-procfs.ts";
import type { Observation } from "../../src/procfs/process.ts";
import { AS_NOBODY, runInNamespace } from "../support/other-user.ts";
import { requires } from "../support/requires.ts";
import { eventually } from "../support/service.ts";

const disposables: Disposable[] = [];
afterEach(() => {
  for (const each of disposables.splice(0)) each[Symbol.dispose]();
});

function observe(pid: number, options: ProcfsOptions = {}): Observation {
  const open = openProcfs(options);
  try {
    return open.observe([pid])[0] as Observation;
  } finally {
    open.close();
  }
}

function python(script: string): ChildProcess & { pid: number } {
  const child = spawn("python3", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  disposables.push({ [Symbol.dispose]: () => void child.kill("SIGKILL") });
  return child as ChildProcess & { pid: number };
}

const WORK = `
import ctypes, threading, time
def work():
    print(threading.get_native_id(), flush=True)
    while True:
        sum(range(200000))
        time.sleep(0.01)
threading.Thread(target=work).start()
`;

describe("a process whose first thread ended while another one works", () => {
  // A foreign function runs without the interpreter's lock.
  const script = `${WORK}\nctypes.CDLL(None).pthread_exit(None)`;

  it("is running, with the ticks and memory of the working thread", async () => {
    const { pid } = python(script);
    const leader = () => readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.[0];
    await eventually("the first thread has ended", () => leader() === "Z");
    const open = openProcfs();
    const one = () => open.observe([pid])[0] as Observation;
    const first = one();
    expect(first).toMatchObject({
      presence: "running",
      process: { threads: 2, state: expect.stringMatching(/[RSD]/) },
    });
    expect(first.process?.residentMemoryBytes).toBeGreaterThan(1_000_000);
    const ticks = (reading: Observation) =>
      (reading.process?.userTicks ?? 0) + (reading.process?.systemTicks ?? 0);
    await eventually("it works", () => ticks(one()) > ticks(first));
    open.close();
  });
});

describe("a pid", () => {
  it("of a thread of another process is gone", async () => {
    const child = python(WORK);
    const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), "line");
    expect(observe(Number(line))).toEqual({ presence: "gone", process: null });
    expect(observe(child.pid).presence).toBe("running");
  });

  it(
    "of a kernel thread or of the machine's init is unknown",
    requires(!isContainer(), "a machine of its own: a container shows no thread of the kernel"),
    () => {
      expect([1, 2].map((pid) => observe(pid))).toEqual(
        [1, 2].map(() => ({ presence: "unknown", process: null })),
      );
    },
  );

  it("1 in a container is an ordinary process", () => {
    const root = fakeProcfs({ 1: "S" });
    expect(observe(1, { root }).presence).toBe("running");
  });
});

describe("a procfs file longer than a buffer", () => {
  it("is read to its end", () => {
    const groups = Array.from({ length: 9_000 }, (_, index) => 100_000 + index).join(" ");
    const root = fakeProcfs({ 4711: "S" });
    const status = `Name:\tagent\nGroups:\t${groups}\nvoluntary_ctxt_switches:\t42\nnonvoluntary_ctxt_switches:\t1\n`;
    mkdirSync(join(root, "4711/task/4711"), { recursive: true });
    writeFileSync(join(root, "4711/task/4711/status"), status);
    expect(observe(4711, { root }).process?.voluntaryContextSwitches).toBe(42);
  });
});

describe("a process's start time", AS_NOBODY, () => {
  it.each([
    ["a container's, as lxcfs shows it", "7.00"],
    ["far larger than the kernel's", "999999999.00"],
  ])("does not depend on a wrong `uptime`: %s", (_, uptime) => {
    const file = join(temporaryFolder(), "uptime");
    writeFileSync(file, `${uptime} 3.00\n`);
    const script = (project: string) => `
      import { openProcfs } from "${project}/src/procfs/open-procfs.ts";
      import { spawn } from "node:child_process";
      const child = spawn("sleep", ["60"]);
      const startedAtMs = openProcfs().observe([child.pid])[0].process.startedAtMs;
      child.kill();
      console.log(JSON.stringify(startedAtMs - Date.now()));`;
    const ago = runInNamespace(script, { prepare: `mount --bind '${file}' /proc/uptime`, user: "root" });
    expect(Math.abs(ago as number)).toBeLessThan(5_000);
  });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  disposables.push({ [Symbol.dispose]: () => rmSync(folder, { recursive: true }) });
  return folder;
}

/** Creates a procfs of another namespace with these processes. */
function fakeProcfs(states: Readonly<Record<number, string>>): string {
  const root = temporaryFolder();
  symlinkSync("/proc/self", join(root, "self"));
  for (const [pid, state] of Object.entries(states)) {
    mkdirSync(join(root, pid));
    const stat = `${pid} (agent) ${state} 0 1 1 0 -1 4194304 9 0 0 0 11 7 3 2 20 0 1 0 900 76578816 900 0 1 1 0\n`;
    writeFileSync(join(root, pid, "stat"), stat);
  }
  return root;
}

/** Returns whether the procfs has no kernel threads, as in a container. */
function isContainer(): boolean {
  try {
    return !readFileSync("/proc/2/stat", "latin1").includes("(kthreadd)");
  } catch {
    return true;
  }
}
