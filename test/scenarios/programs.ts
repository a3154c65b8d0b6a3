/** The scenarios that need python3, curl, and root's rights: to make a pid namespace, to choose the next pid. */
import { readFileSync } from "node:fs";
import type { Scenario } from "./scenarios.ts";

export function withPrograms(): readonly Scenario[] {
  return isKernelThread(2) ? [...WITH_PROGRAMS, FOREIGN_PID] : WITH_PROGRAMS;
}

const WITH_PROGRAMS: readonly Scenario[] = [
  {
    name: "reading a stream, Python",
    truth: "waiting_on_stream",
    start: ({ processes, stream }) => ({
      pid: processes.run("python3", new URL("./programs/stream.py", import.meta.url).pathname, stream),
    }),
  },
  {
    name: "reading a stream, curl",
    truth: "waiting_on_stream",
    start: ({ processes, stream }) => ({ pid: processes.run("curl", "-sN", stream) }),
  },
  {
    name: "deadlocked, Python",
    truth: "hung",
    start: ({ processes }) => ({
      pid: processes.run("python3", new URL("./programs/deadlock.py", import.meta.url).pathname),
    }),
  },
  {
    name: "pid reused",
    truth: "pid_reused",
    start: ({ processes }) => {
      const pid = processes.agent("easy");
      return { pid, turn: () => processes.replace(pid, "easy") };
    },
  },
  {
    name: "other pid namespace",
    truth: "not_visible",
    // What the orchestrator in there knows: its own pid for it, and its own name for the host.
    start: async ({ processes }) => ({
      pid: Number(
        await processes.firstLine(
          "unshare",
          "--pid",
          "--fork",
          "--mount-proc",
          "sh",
          "-c",
          'sh -c "while :; do sleep 0.1; done" & echo $!; wait',
        ),
      ),
      host: "in-the-namespace",
    }),
  },
];

/** As above, but nothing tells the service that the pid is another namespace's: there, 2 is the shell's first child. */
const FOREIGN_PID: Scenario = {
  name: "other pid namespace, host not told",
  truth: "not_visible",
  start: async ({ processes }) => ({
    pid: Number(
      await processes.firstLine(
        "unshare",
        ...["--pid", "--fork", "--mount-proc"],
        ...["sh", "-c", "sleep 100000 & echo $!; wait"],
      ),
    ),
  }),
};

/** In a container there are none to be seen. */
function isKernelThread(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "latin1") === "kthreadd\n";
  } catch {
    return false;
  }
}
