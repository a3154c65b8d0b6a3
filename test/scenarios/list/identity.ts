/** Scenarios about which process is the run's. */
import type { Scenario } from "../scenario.ts";

const HEALTHY = { truth: "healthy", needs: ["python3"] } as const;

export const IDENTITY: readonly Scenario[] = [
  {
    name: "launcher-exits",
    truth: "healthy",
    right: ["detached", "working"],
    short: true,
    why: "the recorded process ends, and a detached child keeps working and logs (bernstein #5519)",
    start: (stage) => ({ pid: stage.agent("launcher", 3) }),
  },
  {
    name: "docker-exec-shim",
    ...HEALTHY,
    why: "the client of `docker exec` is recorded, while the work happens silently in another tree",
    start: (stage) => {
      stage.run(...stage.helperCommand("mute-worker"));
      return { pid: stage.python("relay", stage.peers.echo) };
    },
  },
  {
    name: "container-pid-1",
    truth: "stuck",
    causes: ["silent", "peer", "child"],
    right: ["hung", "not_visible"],
    needs: ["root"],
    why: "the agent is PID 1 of its container, where the orchestrator records 1, and it hangs",
    start: (stage) => {
      stage.run("unshare", "--pid", "--fork", "--mount-proc", ...stage.agentCommand("promise"));
      return { pid: 1 };
    },
  },
  {
    name: "other-pid-namespace",
    truth: "healthy",
    right: ["not_visible"],
    needs: ["root"],
    why: "the orchestrator in a container records its own pid and its own host name",
    start: async (stage) => {
      const script = 'sh -c "while :; do sleep 1; done" & echo $!; wait';
      const namespace = ["--pid", "--fork", "--mount-proc", "sh", "-c", script];
      return {
        pid: Number(await stage.processes.firstLine("unshare", ...namespace)),
        host: "in-the-container",
      };
    },
  },
  {
    name: "pid-late-watched",
    ...HEALTHY,
    right: ["working"],
    why: "the run is recorded, `git clone` takes 90 s, then its process starts",
    start: (stage) => ({ pid: null, late: { seconds: 90, start: () => stage.python("pump") } }),
  },
  {
    name: "pid-late-unseen",
    ...HEALTHY,
    right: ["working", "detached"],
    why: "the same, before the watchdog started",
    start: (stage) => ({ pid: stage.python("pump"), startedSecondsAgo: 300 }),
  },
  {
    name: "pid-reused",
    truth: "stuck",
    causes: ["state"],
    right: ["pid_reused"],
    needs: ["root"],
    why: "the agent ended, and another process has its pid",
    start: (stage) => {
      const pid = stage.processes.agent("easy");
      return { pid, turn: () => stage.processes.replace(pid, "easy") };
    },
  },
];
