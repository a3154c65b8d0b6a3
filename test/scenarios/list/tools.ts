/** Scenarios in which the agent waits for a tool that does not return, or that is slow. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario, Stage } from "../scenario.ts";

const CHILD = { truth: "stuck", causes: ["child"], right: ["hung"] } as const;
/** Enough to count as computing, but little, because other scenarios share the machine. */
const SHARE = 0.4;

/** Limits an endless computation to a share of a core. */
export function limited(stage: Stage, pid: number, share = SHARE): { readonly pid: number } {
  stage.processes.groups.limit(pid, share);
  return { pid };
}

/** Resolves with the first child, once there is one: proc_pid_task(5), children. */
async function childOf(pid: number): Promise<number> {
  for (;;) {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ");
    if (child) return Number(child);
    await sleep(50);
  }
}

export const TOOLS: readonly Scenario[] = [
  {
    name: "tool-dev-server",
    ...CHILD,
    causes: ["child", "silent"],
    names: "helper",
    why: "`npm run dev`: the server idles, and the agent waits for its end (google-gemini/gemini-cli #1884)",
    start: (stage) => ({ pid: stage.agent("tool", ...stage.helperCommand("dev-server")) }),
  },
  {
    name: "tool-sleep-3600",
    ...CHILD,
    names: "sleep",
    why: "`sleep 3600` as a tool call",
    start: (stage) => ({ pid: stage.agent("tool", "sleep", 3_600) }),
  },
  {
    name: "tool-until-curl",
    ...CHILD,
    needs: ["curl"],
    why: "`until curl …; do sleep 1; done` with a dead server: children come and go",
    start: (stage) => {
      const url = `http://127.0.0.1:${stage.peers.closed}/`;
      return { pid: stage.agent("tool", "bash", "-c", `until curl -sf ${url}; do sleep 1; done`) };
    },
  },
  {
    name: "tool-tail-f",
    ...CHILD,
    names: "tail",
    why: "`tail -f` of a log that does not grow",
    start: (stage) => ({ pid: stage.agent("tool", "tail", "-f", "/dev/null") }),
  },
  {
    name: "tool-stdin-pipe",
    ...CHILD,
    names: "cat",
    why: "a tool reads an input that is never closed (BaseInfinity/claude-sdlc-harness #341)",
    start: (stage) => ({ pid: stage.agent("tool-with-input", "cat") }),
  },
  {
    name: "tool-progress-spinner",
    ...CHILD,
    why: "`npm install` waits for a dead registry, and its spinner continues through the pipe",
    start: (stage) => ({ pid: stage.agent("tool", ...stage.helperCommand("spinner")) }),
  },
  {
    name: "tool-child-stopped",
    truth: "stuck",
    causes: ["state"],
    right: ["stopped"],
    short: true,
    needs: ["python3"],
    why: "the tool read the terminal from the background, and SIGTTIN stopped it",
    start: (stage) => ({ pid: stage.python("stopped-tool") }),
  },
  {
    name: "tool-flock",
    truth: "stuck",
    causes: ["lock"],
    right: ["hung"],
    needs: ["python3"],
    short: true,
    why: "it waits for a lock file that another process holds",
    start: async (stage) => {
      const path = `${stage.folder}/lock`;
      await stage.processes.firstLine(...stage.pythonCommand("hold-lock-file", path));
      return { pid: stage.python("wait-for-lock-file", path) };
    },
  },
  {
    name: "tool-spin",
    truth: "stuck",
    causes: ["computing"],
    right: ["spinning"],
    needs: ["python3", "root"],
    why: "the agent runs a test with an endless loop (littlebearapps/untether #168)",
    start: (stage) => limited(stage, stage.agent("tool", ...stage.pythonCommand("spin"))),
  },
  {
    name: "pipe-held",
    truth: "stuck",
    causes: ["peer"],
    right: ["hung"],
    why: "a killed tool's child holds its pipe (PrimeIntellect-ai/prime-agent #1198)",
    start: (stage) => ({ pid: stage.agent("pipe") }),
  },
  {
    name: "tool-computes",
    truth: "healthy",
    why: "a test suite computes a tenth of the time for 15 minutes: less than an endless loop",
    start: (stage) => ({ pid: stage.agent("parent", stage.paced(900)) }),
  },
  {
    name: "starved-compile",
    truth: "healthy",
    needs: ["python3", "root"],
    why: "a compiler that gets 1 % of a core",
    start: async (stage) => {
      const pid = stage.agent("tool", ...stage.pythonCommand("spin"));
      stage.processes.groups.limit(await childOf(pid), 0.01);
      return { pid };
    },
  },
  {
    name: "tool-left-tree",
    truth: "healthy",
    why: "a tool left the agent's tree, and writes to a pipe every 30 s",
    start: (stage) => ({ pid: stage.agent("daemon-parent", stage.paced(30)) }),
  },
  {
    name: "slow-progress-4min",
    truth: "healthy",
    right: ["working", "waiting_on_child", "waiting_on_peer", "sleeping", "not_known_yet"],
    why: "training: one log line every 4 minutes",
    start: (stage) => ({ pid: stage.agent("slow-line", stage.paced(240)) }),
  },
  {
    name: "healthy-pump",
    truth: "healthy",
    right: ["working"],
    short: true,
    needs: ["python3"],
    why: "control: a log line every 2 s",
    start: (stage) => ({ pid: stage.python("pump") }),
  },
  {
    name: "healthy-busy",
    truth: "healthy",
    right: ["working"],
    short: true,
    why: "control: computes and logs",
    start: (stage) => ({ pid: stage.agent("busy") }),
  },
];
