/** The scenarios: real processes, each with the truth about it. */
import type { VerdictName } from "../../watchdog/judgement/verdict.ts";
import type { Processes } from "./processes.ts";

export interface Stage {
  readonly processes: Processes;
  /** A file of the scenario's own: the run's log. */
  readonly log: string;
  /** An answer that never ends. */
  readonly stream: string;
  /** Seconds of the real world as long as they are to last here. */
  readonly paced: (seconds: number) => number;
}

/** The run as its orchestrator would record it. */
export interface Performance {
  readonly pid: number;
  /** When the run began, where that is not just now. */
  readonly startedSecondsAgo?: number;
  /** Another host's name. */
  readonly host?: string;
  /** Its task is finished. */
  readonly finished?: boolean;
  /** Somebody renews its heartbeat. */
  readonly heartbeat?: boolean;
  /** What happens to it after it was seen healthy; only then its truth holds. */
  readonly turn?: () => unknown;
}

export interface Label {
  readonly name: string;
  readonly truth: VerdictName;
  /** As right at times: what it does changes, or shows from outside as something else that is no alarm. */
  readonly also?: readonly VerdictName[];
}

export interface Scenario extends Label {
  start(stage: Stage): Performance | Promise<Performance>;
}

/** Seconds between two calls of a model: the longest wait of the usual clients. */
const IDLE_SECONDS = 600;
const GRANDCHILD_SPEAKS_SECONDS = 30;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "busy in own code",
    truth: "working",
    start: ({ processes, log }) => ({ pid: processes.agent("busy", log) }),
  },
  {
    name: "waiting on a busy child",
    truth: "waiting_on_child",
    start: ({ processes }) => ({ pid: processes.agent("parent") }),
  },
  {
    name: "waiting on a grandchild that left the tree",
    truth: "waiting_on_child",
    also: ["waiting_on_stream", "not_known_yet"],
    start: ({ processes, paced }) => ({
      pid: processes.agent("daemon-parent", String(paced(GRANDCHILD_SPEAKS_SECONDS))),
    }),
  },
  {
    name: "reading a stream, Node",
    truth: "waiting_on_stream",
    start: ({ processes, stream }) => ({ pid: processes.agent("stream", stream) }),
  },
  {
    name: "idle between two model calls",
    truth: "not_known_yet",
    also: ["working", "waiting_on_stream"],
    start: ({ processes, log, paced }) => ({
      pid: processes.agent("idle", log, String(paced(IDLE_SECONDS))),
    }),
  },
  {
    name: "deadlocked",
    truth: "hung",
    start: ({ processes }) => ({ pid: processes.agent("deadlocked") }),
  },
  {
    name: "a killed child's child holds its pipe",
    truth: "hung",
    start: ({ processes }) => ({ pid: processes.agent("pipe") }),
  },
  {
    name: "spinning",
    truth: "spinning",
    start: ({ processes }) => ({ pid: processes.agent("spinning") }),
  },
  {
    name: "stopped",
    truth: "stopped",
    start: ({ processes }) => {
      const pid = processes.agent("easy");
      return { pid, turn: () => process.kill(pid, "SIGSTOP") };
    },
  },
  {
    name: "zombie",
    truth: "zombie",
    // The shell becomes a sleep, which waits for nobody; not before that may its child end.
    start: async ({ processes }) => {
      const child = 'until [ "$(cat /proc/$PPID/comm)" = sleep ]; do sleep 0.05; done; exit 3';
      const script = `sh -c '${child}' & echo $!; exec sleep 100000`;
      return { pid: Number(await processes.firstLine("sh", "-c", script)) };
    },
  },
  {
    name: "gone",
    truth: "gone",
    start: ({ processes }) => {
      const pid = processes.agent("easy");
      return { pid, turn: () => processes.kill(pid) };
    },
  },
  {
    name: "pid reused before anybody looked",
    truth: "pid_reused",
    start: ({ processes }) => ({ pid: processes.agent("easy"), startedSecondsAgo: 600 }),
  },
  {
    name: "live agent of a finished task",
    truth: "orphaned",
    start: ({ processes }) => ({ pid: processes.agent("easy"), finished: true }),
  },
  {
    name: "log grows, CPU flat",
    truth: "working",
    start: ({ processes, log }) => {
      processes.run("sh", "-c", 'while sleep 0.2; do echo something >> "$0"; done', log);
      return { pid: processes.agent("asleep") };
    },
  },
  {
    name: "heartbeat only",
    truth: "hung",
    start: ({ processes }) => ({ pid: processes.agent("deadlocked"), heartbeat: true }),
  },
];
