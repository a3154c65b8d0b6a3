/** Real processes, each in the tested state. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openProcfs } from "../../src/procfs/open-procfs.ts";
import type { Observation } from "../../src/procfs/process.ts";
import { startsChildren } from "../support/children.ts";
import { AS_NOBODY, runInNamespace } from "../support/other-user.ts";
import { eventually } from "../support/service.ts";

const startChild = startsChildren();
const opened: { close(): void }[] = [];

afterEach(() => {
  for (const procfs of opened.splice(0)) procfs.close();
});

const start = (command: string, ...args: string[]) => startChild(command, args);

const shell = (script: string) => start("sh", "-c", script);

function procfs(options: Parameters<typeof openProcfs>[0] = {}) {
  const open = openProcfs(options);
  opened.push(open);
  return open;
}

const one = (open: ReturnType<typeof procfs>, pid: unknown): Observation =>
  open.observe([pid])[0] as Observation;

describe("a process", () => {
  it("is reported with the kernel's data", async () => {
    const open = procfs();
    const before = Date.now();
    const child = start("sleep", "60");
    await eventually("it sleeps", () => one(open, child.pid).process?.state === "S");
    const { presence, process: reading } = one(open, child.pid);
    expect(presence).toBe("running");
    expect(reading).toMatchObject({ threads: 1, reapedChildrenTicks: 0 });
    expect(reading?.startedAtMs).toBeGreaterThan(before - 5_000);
    expect(reading?.startedAtMs).toBeLessThan(Date.now() + 5_000);
    expect(reading?.residentMemoryBytes).toBeGreaterThan(100_000);
    expect(reading?.readChars).toBeGreaterThan(0);
    expect(reading?.descendants).toMatchObject({ processes: 0, ticks: 0 });
  });

  it("keeps its start ticks and start time between readings", async () => {
    const open = procfs();
    const child = start("sleep", "60");
    const first = one(open, child.pid).process;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = one(open, child.pid).process;
    expect(second?.startTicks).toBe(first?.startTicks);
    expect(second?.startedAtMs).toBe(first?.startedAtMs);
  });

  it("is read correctly with any name", async () => {
    const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
    const program = join(folder, "a) S 1 (b");
    copyFileSync("/bin/sleep", program);
    const open = procfs();
    const child = start(program, "60");
    await eventually("it runs under that name", () => one(open, child.pid).process?.state === "S");
    expect(one(open, child.pid).process?.threads).toBe(1);
    rmSync(folder, { recursive: true });
  });

  it("counts the context switches of all its threads", async () => {
    const open = procfs();
    const script = "setInterval(() => require('fs').stat('/', () => {}), 5)";
    const child = start(process.execPath, "-e", script);
    await eventually("it has threads", () => (one(open, child.pid).process?.threads ?? 0) > 4);
    const before = one(open, child.pid).process?.voluntaryContextSwitches ?? 0;
    await eventually(
      "they grow",
      () => (one(open, child.pid).process?.voluntaryContextSwitches ?? 0) > before + 20,
    );
  });
});

describe("children", () => {
  it("that work count in the descendants' ticks while alive, and in the reaped ticks afterwards", async () => {
    const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
    const done = join(folder, "done");
    const open = procfs();
    const child = shell(`sh -c 'while [ ! -e "${done}" ]; do :; done'; read wait`);
    await eventually(
      "the child's ticks grow",
      () => (one(open, child.pid).process?.descendants.ticks ?? 0) > 3,
    );
    const during = one(open, child.pid).process;
    expect(during?.descendants.processes).toBe(1);
    expect(during?.reapedChildrenTicks).toBe(0);
    writeFileSync(done, "");
    await eventually(
      "the child was reaped",
      () => (one(open, child.pid).process?.reapedChildrenTicks ?? 0) > 3,
    );
    rmSync(folder, { recursive: true });
    expect(one(open, child.pid).process?.descendants).toMatchObject({ processes: 0, ticks: 0 });
  });

  it("that start between two readings are found, and so are their children", async () => {
    const open = procfs();
    const child = shell("read go; sleep 60 & sh -c 'sleep 60; true' & wait");
    await eventually("it waits", () => one(open, child.pid).process?.state === "S");
    expect(one(open, child.pid).process?.descendants.processes).toBe(0);
    child.stdin?.write("\n");
    await eventually("three descendants", () => one(open, child.pid).process?.descendants.processes === 3);
  });

  it("that end are no longer counted", async () => {
    const open = procfs();
    const child = shell("sleep 60 & echo $!; wait; sleep 60");
    const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
    await eventually("one descendant", () => one(open, child.pid).process?.descendants.processes === 1);
    process.kill(Number(line), "SIGKILL");
    await eventually("it is another process", () => {
      const reading = one(open, child.pid).process;
      return reading?.descendants.processes === 1 && reading.state === "S";
    });
  });
});

describe("presence", () => {
  it("is gone for a pid that ended, even if it was read before", async () => {
    const open = procfs();
    const child = start("sleep", "60");
    expect(one(open, child.pid).presence).toBe("running");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(one(open, child.pid)).toEqual({ presence: "gone", process: null });
  });

  it("is zombie for a process whose parent did not wait", async () => {
    const open = procfs();
    const parent = shell("sleep 0.1 & echo $!; exec sleep 60");
    const [line] = await once(parent.stdout as NodeJS.ReadableStream, "data");
    await eventually("it is a zombie", () => one(open, Number(line)).presence === "zombie");
    expect(one(open, Number(line)).process?.state).toBe("Z");
  });

  it("is no_pid for an invalid pid", () => {
    const stored = [
      0,
      -1,
      1e12,
      4_194_305,
      "12",
      null,
      undefined,
      Number.NaN,
      1.5,
      10n ** 20n,
      Buffer.from("1"),
    ];
    expect(
      new Set(
        procfs()
          .observe(stored)
          .map(({ presence }) => presence),
      ),
    ).toEqual(new Set(["no_pid"]));
  });

  it("is hidden, never gone, for a living process that cannot be seen", () => {
    const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
    mkdirSync(join(folder, "self"));
    writeFileSync(join(folder, "self/stat"), "1 (x) S 0");
    writeFileSync(join(folder, "self/status"), `Name:\tx\nNSpid:\t${process.pid}\n`);
    const refuse = (code: string) => () => {
      throw Object.assign(new Error(code), { code });
    };
    expect(one(procfs({ root: folder, signalZero: refuse("EPERM") }), 77).presence).toBe("hidden");
    expect(one(procfs({ root: folder, signalZero: () => {} }), 77).presence).toBe("hidden");
    expect(one(procfs({ root: folder, signalZero: refuse("ESRCH") }), 77).presence).toBe("gone");
    rmSync(folder, { recursive: true });
  });

  it("is unknown for a process missing from another namespace's procfs", () => {
    const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
    mkdirSync(join(folder, "self"));
    writeFileSync(join(folder, "self/stat"), "1 (x) S 0");
    writeFileSync(join(folder, "self/status"), "Name:\tx\nNSpid:\t4711 1\n");
    expect(one(procfs({ root: folder }), 77).presence).toBe("unknown");
    rmSync(folder, { recursive: true });
  });

  it("is unknown without a procfs", () => {
    const open = procfs({ root: "/nowhere" });
    expect(open).toMatchObject({ clockTicksPerSecond: 0, bootId: "" });
    expect(open.observe([process.pid, null]).map(({ presence }) => presence)).toEqual(["unknown", "no_pid"]);
  });
});

/** Observes pids as the user nobody, in a separate process. */
function observeAsNobody(pids: readonly number[], prepare = "true"): readonly Observation[] {
  const script = (project: string) => `
    import { openProcfs } from "${project}/src/procfs/open-procfs.ts";
    console.log(JSON.stringify(openProcfs().observe(${JSON.stringify(pids)}), (_, value) => value ?? null));`;
  return runInNamespace(script, { prepare }) as readonly Observation[];
}

describe("a procfs that hides others' processes", AS_NOBODY, () => {
  for (const hidepid of ["1", "2"]) {
    it(`(hidepid=${hidepid}) shows a living process as hidden and a dead one as gone`, () => {
      const mount = `mount -t proc -o hidepid=${hidepid} proc /proc`;
      const living = start("sleep", "60");
      const { pid: dead } = spawnSync("true");
      const [ofLiving, ofDead] = observeAsNobody([living.pid, dead], mount);
      expect(ofLiving).toEqual({ presence: "hidden", process: null });
      expect(ofDead?.presence).toBe("gone");
    });
  }
});

describe("another user's process", AS_NOBODY, () => {
  it("has its ticks, and null for the characters that only its own user may see", () => {
    const child = start("sleep", "60");
    expect(observeAsNobody([child.pid])[0]).toMatchObject({
      presence: "running",
      process: { readChars: null, writeChars: null, userTicks: expect.any(Number) },
    });
  });
});

describe("the clock", () => {
  it("matches the system's values", () => {
    const open = procfs();
    expect(open.clockTicksPerSecond).toBe(Number(spawnSync("getconf", ["CLK_TCK"]).stdout));
    expect(open.bootId).toMatch(/^[0-9a-f-]{36}$/);
  });
});
