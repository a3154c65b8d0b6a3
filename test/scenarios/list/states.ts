/** Scenarios with a definite kernel state, or an endless loop of the agent's own. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Scenario } from "../scenario.ts";
import { limited } from "./tools.ts";

const STATE = { truth: "stuck", causes: ["state"] } as const;

export const STATES: readonly Scenario[] = [
  {
    name: "loop-direct",
    truth: "stuck",
    causes: ["computing"],
    right: ["spinning"],
    needs: ["root"],
    why: "an endless loop of the agent's own (anthropics/claude-code #18532)",
    start: (stage) => limited(stage, stage.agent("loop")),
  },
  {
    name: "loop-sh",
    truth: "stuck",
    causes: ["computing"],
    right: ["spinning"],
    needs: ["root"],
    why: "the same, and the pid of `sh -c` is recorded, as with npx, timeout and script",
    start: (stage) =>
      limited(stage, stage.run("sh", "-c", `${stage.agentCommand("loop").join(" ")}; echo done`)),
  },
  {
    name: "stopped",
    ...STATE,
    right: ["stopped"],
    short: true,
    why: "SIGSTOP, and it is never continued",
    start: (stage) => {
      const pid = stage.agent("easy");
      return { pid, turn: () => process.kill(pid, "SIGSTOP") };
    },
  },
  {
    name: "sigstop-sigcont",
    truth: "healthy",
    right: ["working"],
    alsoRight: ["stopped"],
    needs: ["python3"],
    why: "stopped for three minutes, then continued",
    start: (stage) => {
      const pid = stage.python("pump");
      stage.after(120, () => process.kill(pid, "SIGSTOP"));
      stage.after(300, () => process.kill(pid, "SIGCONT"));
      return { pid };
    },
  },
  {
    name: "ptrace",
    ...STATE,
    right: ["stopped"],
    needs: ["python3", "gdb"],
    why: "a debugger holds it",
    start: (stage) => {
      const pid = stage.python("pump");
      return { pid, turn: () => stage.run("gdb", "-q", "-p", pid, "-ex", "shell sleep 100000") };
    },
  },
  {
    name: "cgroup-frozen",
    ...STATE,
    right: ["stopped"],
    needs: ["python3", "root", "cgroup2"],
    why: "`docker pause`",
    start: (stage) => {
      const pid = stage.python("pump");
      return { pid, turn: () => stage.processes.groups.freeze(pid) };
    },
  },
  {
    name: "state-D-vfork",
    truth: "stuck",
    causes: ["silent", "child"],
    right: ["hung"],
    needs: ["gcc"],
    why: "state D without any disk: a parent of vfork(2)",
    start: (stage) => {
      const program = join(stage.folder, "vfork");
      const source = new URL("../programs/vfork.c", import.meta.url).pathname;
      const { status, stderr } = spawnSync("gcc", ["-O0", "-o", program, source], { encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
      return { pid: stage.run(program) };
    },
  },
  {
    name: "zombie",
    ...STATE,
    right: ["zombie"],
    short: true,
    why: "the agent ended, and the orchestrator does not wait for it",
    // The shell becomes a sleep, which waits for no process. Its child must not end before that.
    start: async (stage) => {
      const child = 'until [ "$(cat /proc/$PPID/comm)" = sleep ]; do sleep 0.05; done; exit 3';
      const script = `sh -c '${child}' & echo $!; exec sleep 100000`;
      return { pid: Number(await stage.processes.firstLine("sh", "-c", script)) };
    },
  },
  {
    name: "gone",
    ...STATE,
    right: ["gone"],
    short: true,
    why: "the agent was killed, and its run is not finished (paperclipai/paperclip #6406: 15 days)",
    start: (stage) => {
      const pid = stage.processes.agent("easy");
      return { pid, turn: () => stage.processes.kill(pid) };
    },
  },
  {
    name: "orphaned",
    truth: "stuck",
    causes: ["finished"],
    right: ["orphaned"],
    why: "the task is finished, and its agent lives on",
    start: (stage) => ({ pid: stage.agent("easy"), finished: true }),
  },
];
