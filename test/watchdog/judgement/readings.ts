/** Synthetic readings of one run: each test states what changes over what time. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type ChildProcessSchema,
  RunningAgentSchema,
  type TerminalSchema,
  type WaitSchema,
} from "../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { judge, type RunState } from "../../../watchdog/judgement/judge.ts";
import type { AgentReading } from "../../../watchdog/judgement/reading.ts";
import type { JudgementThresholds } from "../../../watchdog/judgement/thresholds.ts";

/** The state of a run at a reading. Counters are cumulative, as in the kernel and the orchestrator. */
export interface State {
  readonly seconds: number;
  readonly bootId: string;
  readonly sourceEpoch: string;
  readonly presence: string;
  readonly pid: number;
  readonly state: string;
  readonly startTicks: number;
  /** Relative to the start of the run. */
  readonly startedSeconds: number;
  readonly ticks: number;
  readonly reaped: number;
  readonly switches: number | undefined;
  readonly chars: number | undefined;
  /** The written part of `chars`. The rest was read. */
  readonly written: number;
  readonly threads: number;
  readonly memory: number;
  readonly children: number;
  readonly childTicks: number;
  readonly childSwitches: number;
  readonly childChars: number;
  readonly storage: number | undefined;
  readonly log: number | undefined;
  /** Lines in the last 4 KiB of the log, and how many differ. Undefined: not counted. */
  readonly lines: number | undefined;
  readonly distinctLines: number | undefined;
  /** What the agent's own process waits for. Undefined: the kernel does not show it. */
  readonly wait: MessageInitShape<typeof WaitSchema> | undefined;
  readonly threadWaits: Readonly<Record<string, number>>;
  readonly terminal: MessageInitShape<typeof TerminalSchema> | undefined;
  readonly connections: number | undefined;
  readonly frozen: boolean;
  /** The living descendants that are reported individually. */
  readonly youngest: readonly MessageInitShape<typeof ChildProcessSchema>[];
  /** The time of the orchestrator's last recorded step, relative to the start of the run. */
  readonly progressSeconds: number | undefined;
  readonly tokens: number;
  readonly heartbeatSeconds: number | undefined;
  readonly taskFinished: boolean | undefined;
}

export const RUN_STARTED = Date.UTC(2026, 10, 24, 8);

export const AT_FIRST: State = {
  seconds: 60,
  bootId: "boot",
  sourceEpoch: "epoch",
  presence: "running",
  pid: 4242,
  state: "S",
  startTicks: 1_000_000,
  startedSeconds: 0,
  ticks: 500,
  reaped: 100,
  switches: 10_000,
  chars: 1_000_000,
  written: 0,
  threads: 7,
  memory: 80_000_000,
  children: 0,
  childTicks: 0,
  childSwitches: 0,
  childChars: 0,
  storage: 0,
  log: 2_000,
  lines: undefined,
  distinctLines: undefined,
  wait: { kernelFunction: "ep_poll", systemCall: "epoll_wait", on: ["eventfd"] },
  threadWaits: { ep_poll: 1, futex_do_wait: 6 },
  terminal: undefined,
  connections: 0,
  frozen: false,
  youngest: [],
  progressSeconds: undefined,
  tokens: 1_000,
  heartbeatSeconds: undefined,
  taskFinished: false,
};

export function reading(state: State): AgentReading {
  const { seconds, bootId, sourceEpoch, taskFinished } = state;
  const at = RUN_STARTED + seconds * 1000;
  const isThere = state.presence === "running" || state.presence === "zombie";
  return {
    at,
    bootId,
    sourceEpoch,
    clkTck: 100,
    agent: create(RunningAgentSchema, {
      runId: "1",
      taskId: "1",
      agent: "developer",
      pid: state.pid,
      presence: state.presence,
      startedAt: timestampFromMs(RUN_STARTED),
      usage: { runs: 1, pricedRuns: 1, costUsd: 0, inputTokens: state.tokens },
      ...(isThere ? { process: process(state) } : {}),
      ...(state.progressSeconds === undefined
        ? {}
        : { progressAt: timestampFromMs(RUN_STARTED + state.progressSeconds * 1000) }),
      ...(state.log === undefined
        ? {}
        : {
            log: {
              sizeBytes: state.log,
              modifiedAt: timestampFromMs(RUN_STARTED + state.log),
              ...(state.lines === undefined ? {} : { recentLines: state.lines }),
              ...(state.distinctLines === undefined ? {} : { recentDistinctLines: state.distinctLines }),
            },
          }),
      ...(state.heartbeatSeconds === undefined
        ? {}
        : { heartbeatAt: timestampFromMs(RUN_STARTED + state.heartbeatSeconds * 1000) }),
    }),
    ...(taskFinished === undefined ? {} : { taskFinished }),
  };
}

function process(state: State): NonNullable<MessageInitShape<typeof RunningAgentSchema>["process"]> {
  const { switches, chars } = state;
  return {
    state: state.state,
    startedAt: timestampFromMs(RUN_STARTED + state.startedSeconds * 1000),
    startTicks: state.startTicks,
    userTicks: state.ticks,
    systemTicks: 0,
    reapedChildrenTicks: state.reaped,
    threads: state.threads,
    residentMemoryBytes: state.memory,
    name: "agent",
    program: "agent",
    threadWaits: state.threadWaits,
    frozen: state.frozen,
    ...(state.wait === undefined ? {} : { wait: state.wait }),
    ...(state.terminal === undefined ? {} : { terminal: state.terminal }),
    ...(state.connections === undefined ? {} : { connections: { established: state.connections } }),
    ...(state.storage === undefined ? {} : { storageWriteBytes: state.storage }),
    ...(switches === undefined ? {} : { voluntaryContextSwitches: switches }),
    ...(chars === undefined ? {} : { readChars: chars - state.written, writeChars: state.written }),
    descendants: {
      processes: Math.max(state.children, state.youngest.length),
      ticks: state.childTicks,
      residentMemoryBytes: 0,
      voluntaryContextSwitches: state.childSwitches,
      readChars: state.childChars,
      writeChars: 0,
      storageWriteBytes: 0,
      states: Object.fromEntries(
        [...Map.groupBy(state.youngest, (child) => child.state ?? "S")].map(([letter, list]) => [
          letter,
          list.length,
        ]),
      ),
      youngest: [...state.youngest],
    },
  };
}

/** Returns one state every `every` seconds after the given one, with `rate` as the change per second. */
export function during(
  from: State,
  seconds: number,
  perSecond: Partial<Record<keyof State, number>> = {},
  { every = 15, ...fixed }: Partial<State> & { readonly every?: number } = {},
): readonly State[] {
  const states: State[] = [];
  for (let passed = every; passed <= seconds; passed += every) {
    const moved = Object.entries(perSecond).map(([key, rate]) => {
      const before = from[key as keyof State];
      return [key, typeof before === "number" ? Math.floor(before + rate * passed) : before];
    });
    states.push({ ...from, ...fixed, ...Object.fromEntries(moved), seconds: from.seconds + passed });
  }
  return states;
}

/** Returns the judgement of one run's readings, continuing from `state`. */
export function judgeAll(
  readings: readonly AgentReading[],
  thresholds: JudgementThresholds,
  state?: RunState,
): RunState {
  return readings.reduce<RunState | undefined>(
    (before, each) => judge(before, each, thresholds),
    state,
  ) as RunState;
}
