/** What real processes wait for, each in the tested wait. */
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openProcfs } from "../../src/procfs/open-procfs.ts";
import type { ProcessReading } from "../../src/procfs/process.ts";
import { programOf } from "../../src/procfs/program.ts";
import { parseSystemCall, timeoutSeconds } from "../../src/procfs/system-calls.ts";
import { startsChildren } from "../support/children.ts";
import { AS_NOBODY, runInNamespace } from "../support/other-user.ts";
import { eventually } from "../support/service.ts";

const startChild = startsChildren();
const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
const procfs = openProcfs();
let server: Server;
let port = 0;

beforeAll(async () => {
  server = createServer((socket) => socket.resume().on("error", () => {}));
  await once(server.listen(0, "127.0.0.1"), "listening");
  port = (server.address() as { port: number }).port;
});

afterAll(() => {
  server.close();
  procfs.close();
  rmSync(folder, { recursive: true });
});

const start = (command: string, ...args: string[]) => startChild(command, args).pid;

const python = (script: string) => start("python3", "-c", script);

/** Runs a command on its own terminal. Returns the pid of its parent, which holds the other end. */
const onTerminal = (...command: string[]) =>
  start("python3", "-c", "import pty,sys; pty.spawn(sys.argv[1:])", ...command);

const read = (pid: number): ProcessReading | null => procfs.observe([pid])[0]?.process ?? null;

/** Resolves with the process once `holds` returns true. */
async function seen(pid: number, what: string, holds: (reading: ProcessReading) => boolean) {
  let reading: ProcessReading | null = null;
  await eventually(what, () => {
    reading = read(pid);
    return reading !== null && holds(reading);
  });
  return reading as unknown as ProcessReading;
}

describe("what a process waits for", () => {
  it.each([
    ["a sleep", "import time; time.sleep(100)", "timer"],
    ["its own pipe", "import os; r, w = os.pipe(); os.read(r, 1)", "eventfd"],
    // Node gives a child a pair of sockets.
    ["its input", "import sys; sys.stdin.read()", "socket"],
    [
      "a pipe",
      "import os; r, w = os.pipe(); n = os.fork(); os.close(w) if n else os.close(r); os.read(r, 1) if n else os.read(os.pipe()[0], 1)",
      "pipe",
    ],
    ["a socket", `import socket; socket.create_connection(("127.0.0.1", PORT)).recv(1)`, "socket"],
    ["poll(2)", "import select; p = select.poll(); p.register(0, select.POLLIN); p.poll()", "socket"],
    ["a child", "import os\nif os.fork() == 0: os.execvp('sleep', ['sleep', '100'])\nos.wait()", "child"],
    ["a file lock", "LOCK", "lock"],
    ["a FIFO", "FIFO", "pipe"],
    [
      "an epoll",
      "import select, os; r, w = os.pipe(); e = select.epoll(); e.register(r); e.poll()",
      "eventfd",
    ],
    ["inotify", "INOTIFY", "inotify"],
    [
      "its own socket pair",
      "import select, socket; a, b = socket.socketpair(); e = select.epoll(); e.register(a, 1); e.poll()",
      "eventfd",
    ],
  ])("is %s", async (_, script, kind) => {
    const path = join(folder, kind);
    writeFileSync(path, "");
    const scripts: Record<string, string> = {
      LOCK: `import fcntl, os\na = open("${path}"); fcntl.flock(a, 2)\nif os.fork() == 0: fcntl.flock(open("${path}"), 2)\nimport time; time.sleep(100)`,
      FIFO: `import os; os.mkfifo("${path}.fifo"); open("${path}.fifo")`,
      INOTIFY: `import ctypes, os; l = ctypes.CDLL(None); f = l.inotify_init(); l.inotify_add_watch(f, b"${folder}", 2); os.read(f, 10)`,
    };
    const pid = python((scripts[script] ?? script).replace("PORT", String(port)));
    const waits = (reading: ProcessReading) =>
      script === "LOCK" ? reading.descendants.youngest[0]?.wait : reading.wait;
    const reading = await seen(pid, `it waits for ${kind}`, (one) => waits(one)?.on.includes(kind) ?? false);
    expect(waits(reading)?.on).toEqual([kind]);
    expect(waits(reading)?.kernelFunction).toMatch(/^[a-z_]\w+$/);
  });

  it("is what a descriptor refers to now, not what had its number before", async () => {
    const go = join(folder, "go");
    const pid = python(
      `import os, socket, time
f = os.open("${folder}", os.O_RDONLY); a = socket.create_connection(("127.0.0.1", ${port}))
while not os.path.exists("${go}"): time.sleep(0.01)
os.dup2(a.fileno(), f); os.read(f, 1)`,
    );
    await seen(pid, "it sleeps", ({ wait }) => wait?.on.includes("timer") ?? false);
    writeFileSync(go, "");
    const { wait } = await seen(
      pid,
      "it reads",
      (one) => one.wait !== undefined && !one.wait.on.includes("timer"),
    );
    expect(wait?.on).toEqual(["socket"]);
  });

  it("includes the system call, and the timeout passed to it", async () => {
    const pid = python("import select, os; r, w = os.pipe(); e = select.epoll(); e.register(r); e.poll(77)");
    const { wait, threadWaits } = await seen(pid, "it waits", ({ wait: one }) => one?.timeoutSeconds === 77);
    expect(wait).toMatchObject({ systemCall: expect.stringMatching(/^epoll_p?wait$/), timeoutSeconds: 77 });
    expect(Object.values(threadWaits)).toEqual([1]);
  });

  it("is that of the thread that waits for something outside, even if the first one waits for a thread", async () => {
    const pid = python(
      "import threading, sys; t = threading.Thread(target=sys.stdin.read); t.start(); threading.Event().wait()",
    );
    const reading = await seen(
      pid,
      "both wait",
      ({ wait, threads }) => threads === 2 && wait?.on[0] === "socket",
    );
    expect(Object.keys(reading.threadWaits).some((name) => name.includes("futex"))).toBe(true);
  });

  it("is a lock only if all threads wait for another", async () => {
    const pid = python("import threading; threading.Event().wait()");
    const { wait, threadWaits } = await seen(pid, "it waits", (one) => one.wait?.systemCall === "futex");
    expect(wait?.on).toEqual([]);
    expect(Object.keys(threadWaits).every((name) => name.includes("futex"))).toBe(true);
  });

  it("is read again after the process ran", async () => {
    const child = startChild("sh", ["-c", "read line; exec sleep 100"]);
    const { pid } = child;
    await seen(pid, "it reads", ({ wait }) => wait?.on[0] === "socket");
    child.stdin?.write("\n");
    expect(await seen(pid, "it sleeps", ({ wait }) => wait?.on[0] === "timer")).toMatchObject({
      name: "sleep",
      program: "sleep",
    });
  });
});

describe("a terminal", () => {
  it("is read by the foreground process that waits for a person", async () => {
    const pid = onTerminal("bash", "-c", "read -p 'Allow? ' answer");
    const reading = await seen(
      pid,
      "it asks",
      ({ descendants }) => descendants.youngest[0]?.terminal?.reads === true,
    );
    expect(reading.descendants.youngest[0]).toMatchObject({
      program: "bash",
      terminal: { foreground: true, reads: true },
      wait: { on: ["terminal"] },
    });
    expect(reading.descendants.states).toEqual({ S: 1 });
    expect(reading.terminal).toBeUndefined();
  });

  it("is read by an event loop that listens to it among its own descriptors", async () => {
    const pid = onTerminal(process.execPath, "-e", "process.stdin.resume()");
    const { descendants } = await seen(
      pid,
      "it listens",
      (one) => one.descendants.youngest[0]?.terminal?.reads === true,
    );
    expect(descendants.youngest[0]?.wait?.on).toContain("terminal");
  });

  it("is not read by a process that waits for something else", async () => {
    const pid = onTerminal("sleep", "100");
    const { descendants } = await seen(
      pid,
      "it sleeps",
      (one) => one.descendants.youngest[0]?.wait?.on[0] === "timer",
    );
    expect(descendants.youngest[0]?.terminal).toEqual({ foreground: true, reads: false });
  });
});

describe("connections", () => {
  it("are those of the tree to other processes, without those inside it", async () => {
    const script = `import os, socket, sys, time
s = socket.create_connection(("127.0.0.1", ${port}))
l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen()
own = socket.create_connection(l.getsockname()); other = l.accept()
print("ready", flush=True)
if os.fork() == 0: c = socket.create_connection(("127.0.0.1", ${port}))
time.sleep(100)`;
    const pid = python(script);
    // The first look may precede the connections, and the next is due ten seconds later, so use a new procfs
    // each time.
    await eventually("there are two", () => {
      const fresh = openProcfs();
      const connections = fresh.observe([pid])[0]?.process?.connections;
      fresh.close();
      return connections?.established === 2;
    });
  });

  it("show unread bytes", async () => {
    const talkative = createServer((socket) => socket.on("error", () => {}).write("x".repeat(1000)));
    await once(talkative.listen(0, "127.0.0.1"), "listening");
    const { port: other } = talkative.address() as { port: number };
    const pid = python(
      `import socket, time; s = socket.create_connection(("127.0.0.1", ${other})); time.sleep(100)`,
    );
    await eventually("bytes lie unread", () => {
      const fresh = openProcfs();
      const connections = fresh.observe([pid])[0]?.process?.connections;
      fresh.close();
      return connections?.established === 1 && connections.withUnreadBytes === 1;
    });
    talkative.close();
  });
});

it("an agent's process lists its youngest descendants first, up to eight", async () => {
  const pid = start("sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 100 & done; wait");
  const { descendants } = await seen(pid, "ten run", ({ descendants: all }) => all.processes === 10);
  const pids = descendants.youngest.map((child) => child.pid);
  expect(pids).toEqual(pids.toSorted((a, b) => b - a));
  expect(pids).toHaveLength(8);
});

it.each([
  ["/usr/bin/git\0clone\0https://secret@host\0", "git"],
  ["node\0/opt/bin/claude\0--token\0secret\0", "claude"],
  ["/usr/bin/node\0--no-warnings\0--max-old-space-size=100\0/opt/gemini.js\0secret\0", "gemini.js"],
  ["node\0--require\0/secret/hook.js\0/opt/app.js\0", "node"],
  ["node\0-e\0secret()\0", "node"],
  ["bash\0-c\0curl secret\0", "bash"],
  ["bash\0-e\0/opt/run.sh\0secret\0", "run.sh"],
  ["python3\0-m\0secret\0", "python3"],
  ["python3.12\0-u\0agent.py\0", "agent.py"],
  ["-bash\0", "bash"],
  ["postgres: user database 10.0.0.1 SELECT\0", "postgres"],
  ["nginx: worker process\0", "nginx"],
  ["/opt/thing secret\0", "thing"],
  ["", ""],
])("programOf finds the program of the command line %j, and no other argument", (line, program) => {
  expect(programOf(line)).toBe(program);
});

it.each([
  ["running\n", undefined, undefined],
  ["-1 0x7ffe 0x7f00\n", undefined, undefined],
  ["999999 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n", undefined, undefined],
  ["232 0x5 0x7f 0x400 0x1f90 0x0 0x0 0x7f 0x7f\n", "epoll_wait", 8.08],
  ["232 0x5 0x7f 0x400 0xffffffff 0x0 0x0 0x7f 0x7f\n", "epoll_wait", undefined],
  ["7 0x7f 0x1 0xffffffffffffffff 0x0 0x0 0x0 0x7f 0x7f\n", "poll", undefined],
  ["0 0x0 0x7f 0x400\n", "read", undefined],
])("parseSystemCall reads %j", (line, name, timeout) => {
  const call = parseSystemCall(line, { 0: "read", 7: "poll", 232: "epoll_wait" });
  expect(call?.name).toBe(name);
  expect(call && timeoutSeconds(call)).toBe(timeout);
});

describe("another user's process", AS_NOBODY, () => {
  it("has its terminal's foreground, its states and its children, and nothing that is unreadable", async () => {
    const pid = onTerminal("bash", "-c", "read -p 'Allow? ' answer");
    await seen(pid, "it asks", ({ descendants }) => descendants.youngest[0]?.terminal?.reads === true);
    const [observation] = runInNamespace(
      (project) => `
        const { openProcfs } = await import("${project}/src/procfs/open-procfs.ts");
        console.log(JSON.stringify(openProcfs().observe([${pid}]), (_, value) => value ?? null));`,
    ) as { process: ProcessReading }[];
    expect(observation?.process).toMatchObject({
      wait: null,
      threadWaits: {},
      connections: null,
      storageWriteBytes: null,
      runDelaySeconds: expect.any(Number),
      descendants: {
        states: { S: 1 },
        storageWriteBytes: null,
        youngest: [{ program: "bash", wait: null, terminal: { foreground: true, reads: null } }],
      },
    });
  });
});

it("the procfs keeps no descriptor of a process that ended", async () => {
  const pid = python("import time; time.sleep(100)");
  await seen(pid, "it sleeps", ({ wait }) => wait?.on[0] === "timer");
  process.kill(pid, "SIGKILL");
  await eventually("it is gone", () => procfs.observe([pid])[0]?.presence !== "running");
  procfs.observe([]);
  procfs.observe([]);
  const before = readdirSync("/proc/self/fd").length;
  for (let round = 0; round < 20; round += 1) procfs.observe([process.pid]);
  expect(readdirSync("/proc/self/fd").length).toBeLessThan(before + 60);
});
