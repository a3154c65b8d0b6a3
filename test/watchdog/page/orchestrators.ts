/**
 * Orchestrators with agents that behave according to their verdict: counters change, or do not, between
 * readings.
 */

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type RunningAgent, RunningAgentSchema } from "../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { VERDICTS, type VerdictName } from "../../../watchdog/judgement/verdict.ts";
import { type EnvelopeInit, type FakeTarget, startFakeTarget } from "../support/fake-target.ts";

const STARTED = Date.now();
/** Agents that hang have worked before. */
const HANGS_AFTER_SECONDS = 30;
const REFRESH_MILLISECONDS = 200;
const ROLES = ["developer", "reviewer", "tester", "architect", "analyst"];
const TITLES = ["Retry the upload", "Split the parser", "Faster cold start", "Drop the old index"];
const FIRST_TASK = 171;
const MODELS = ["model-large", "model-small", "model-large", "model-tiny"];

type AgentInit = Exclude<MessageInitShape<typeof RunningAgentSchema>, { $typeName: string }>;

/** Returns the state of an agent with this verdict, that many seconds after the start. */
function lifeOf(verdict: VerdictName, seconds: number, all = seconds): AgentInit {
  const process = {
    ...{ state: "S", startTicks: 100_000, threads: 11, residentMemoryBytes: 9e7 + 2e3 * seconds },
    ...{ name: "agent", program: "coder" },
  };
  const wave = 1 + 0.4 * Math.sin(seconds / 9);
  const grown = (rate: number) => Math.round(rate * (seconds + 3 * Math.sin(seconds / 7)));
  const still = { userTicks: 500, voluntaryContextSwitches: 900, readChars: 4e5, writeChars: 1e4 };
  const descendants = { processes: 0, ticks: 0, voluntaryContextSwitches: 0, readChars: 0, writeChars: 0 };
  const log = { sizeBytes: 2000 + grown(120), modifiedAt: timestampFromMs(STARTED + seconds * 1000) };
  const ownTimer = { kernelFunction: "do_epoll_wait", on: ["eventfd"] };
  const reads = { foreground: true, reads: true };
  switch (verdict) {
    case "working":
      return {
        cpuTicks: 500 + grown(45),
        process: {
          ...process,
          ...still,
          userTicks: 500 + grown(45),
          voluntaryContextSwitches: 900 + grown(22),
          descendants: {
            ...{ ...descendants, processes: 1, ticks: grown(12) },
            youngest: [{ pid: 5200, name: "node", program: "tsc", state: "R", startTicks: 190_000 }],
          },
        },
        log,
      };
    case "waiting_on_peer":
      return {
        cpuTicks: 300,
        process: {
          ...process,
          ...still,
          voluntaryContextSwitches: 900 + grown(9),
          readChars: 4e5 + grown(700),
          wait: { kernelFunction: "do_epoll_wait", on: ["eventfd", "socket"] },
          connections: { established: 1 },
          descendants,
        },
      };
    case "waiting_for_person":
      return {
        cpuTicks: 300,
        process: {
          ...process,
          ...still,
          descendants: {
            ...descendants,
            processes: 2,
            youngest: [
              {
                pid: 5300,
                name: "vi",
                program: "vi",
                state: "S",
                startTicks: 180_000,
                wait: { kernelFunction: "n_tty_read", on: ["terminal"] },
                terminal: reads,
              },
            ],
          },
        },
      };
    case "at_rest":
      return {
        cpuTicks: 300,
        usage: { runs: 1 },
        process: {
          ...process,
          ...still,
          name: "agent",
          wait: { kernelFunction: "do_epoll_wait", on: ["eventfd", "terminal"] },
          terminal: reads,
          descendants,
        },
      };
    case "sleeping":
      return {
        cpuTicks: 300,
        process: {
          ...process,
          ...still,
          wait: { ...ownTimer, timeoutSeconds: 18_000 },
          connections: { established: 0 },
          descendants,
        },
      };
    case "detached":
      return { presence: "gone", log };
    case "waiting_on_child":
      return {
        cpuTicks: 300,
        process: {
          ...process,
          ...still,
          descendants: {
            ...descendants,
            processes: 3,
            ticks: grown(88 * wave),
            voluntaryContextSwitches: grown(4),
            youngest: [
              { pid: 5121, name: "vitest", program: "vitest", state: "R", startTicks: 170_000 },
              {
                pid: 5120,
                name: "sh",
                state: "S",
                startTicks: 169_990,
                wait: { kernelFunction: "do_wait", systemCall: "wait4", on: ["child"] },
              },
            ],
          },
        },
        log,
      };
    case "spinning":
      return {
        cpuTicks: 500 + Math.round(99 * seconds),
        process: { ...process, ...still, userTicks: 500 + Math.round(99 * seconds), descendants },
        log: { sizeBytes: 800, modifiedAt: timestampFromMs(STARTED) },
      };
    case "stopped":
      return { cpuTicks: 300, process: { ...process, ...still, state: "T", descendants } };
    case "zombie":
      return { presence: "zombie" };
    case "gone":
      return { presence: "gone" };
    case "not_visible":
      return { presence: "other_host", host: "builder-2" };
    case "orphaned":
      return {
        cpuTicks: 300,
        jobStatus: "done",
        taskStage: "done",
        process: { ...process, ...still, descendants },
      };
    case "pid_reused":
      return {
        cpuTicks: 3,
        process: { ...process, ...still, startedAt: timestampFromMs(STARTED), descendants },
      };
    case "hung":
      return {
        cpuTicks: 500 + grown(45),
        process: {
          ...process,
          ...still,
          userTicks: 500 + grown(45),
          // The runtime's housekeeping continues.
          voluntaryContextSwitches: 900 + grown(22) + 8 * Math.floor((all - seconds) / 10),
          wait: ownTimer,
          connections: { established: 0 },
          descendants,
        },
        log,
      };
    default:
      return {
        cpuTicks: 300,
        process: { ...process, ...still, descendants },
        log: { sizeBytes: 800, modifiedAt: timestampFromMs(STARTED) },
      };
  }
}

function agentsOf(verdicts: readonly VerdictName[], seconds: number, now: number): RunningAgent[] {
  return verdicts.map((verdict, index) => {
    const startedAt = STARTED - 600_000 - index * 97_000;
    const life = lifeOf(
      verdict,
      verdict === "hung" ? Math.min(seconds, HANGS_AFTER_SECONDS) : seconds,
      seconds,
    );
    return create(RunningAgentSchema, {
      runId: String(410 + index),
      taskId: String(FIRST_TASK + index),
      jobId: String(index + 1),
      agent: ROLES[index % ROLES.length] ?? "",
      model: MODELS[index % MODELS.length] ?? "",
      taskStage: "development",
      jobStatus: "running",
      pid: 4000 + index,
      presence: "running",
      startedAt: timestampFromMs(startedAt),
      runtimeSeconds: seconds + 600 + index * 97,
      heartbeatAt: timestampFromMs(now),
      usage:
        index % 5 === 4
          ? { runs: 1 }
          : {
              ...{ runs: 1, pricedRuns: 1, costUsd: 0.4 + index * 0.31 },
              ...{ inputTokens: 48_200 + index * 900, outputTokens: 9100, cacheReadTokens: 1_240_000 },
            },
      ...life,
      ...(life.process && {
        process: { startedAt: timestampFromMs(startedAt + 2000), ...(life.process as object) },
      }),
    });
  });
}

/** Over two days, the newest first. */
const FINISHED = Array.from({ length: 60 }, (_, index) => ({
  runId: String(400 - index),
  taskId: String(FIRST_TASK + (index % 9)),
  agent: ROLES[index % ROLES.length] ?? "",
  model: MODELS[index % MODELS.length] ?? "",
  startedAt: timestampFromMs(STARTED - (index + 1) * 2_400_000 - (index % 7) * 130_000),
  finishedAt: timestampFromMs(STARTED - (index + 1) * 2_400_000 + 300_000),
  exitCode: index % 11 === 5 ? 1 : 0,
  usage:
    index % 5 === 4
      ? { runs: 1 }
      : {
          ...{ runs: 1, pricedRuns: 1, costUsd: 0.2 + (index % 13) * 0.173 },
          ...{ inputTokens: 31_200 + index * 900, outputTokens: 5100, cacheReadTokens: 840_000 },
        },
}));

/** Returns an envelope in which jobs come and go, money is spent, a breaker is open and a gate is held. */
export function orchestrator(verdicts: readonly VerdictName[], pace = 1): EnvelopeInit {
  const now = Date.now();
  const seconds = (now - STARTED) / 1000;
  const queued = Math.round(9 + 6 * Math.sin((seconds * pace) / 11) + 2 * Math.sin(seconds / 3));
  const spent = (base: number, rate: number) => base + rate * (seconds + 2 * Math.sin(seconds / 5)) * pace;
  const models: readonly [string, number][] = [
    ["model-large", spent(6.2, 0.0021)],
    ["model-small", spent(1.4, 0.0008)],
    ["model-tiny", spent(0.3, 0.0002)],
  ];
  const stages: readonly [string, number][] = [
    ["analysis", 2],
    ["architecture", 1],
    ["development", 9],
    ["review", 3],
  ];
  return {
    instance: "build-7",
    stages: {
      counts: Object.fromEntries(stages),
      tasks: stages
        .flatMap(([stage, count]) => Array.from({ length: count }, () => stage))
        .map((stage, index) => ({
          id: String(FIRST_TASK + index),
          workItem: `ORCH-${FIRST_TASK + index}`,
          title: TITLES[index % TITLES.length] ?? "",
          stage,
          stageSeconds: seconds + 9400 - index * 833,
        })),
    },
    queue: {
      counts: {
        queued,
        running: verdicts.length,
        done: 1841 + Math.round(seconds),
        failed: 23,
        cancelled: 7,
      },
      nativeCounts: { ready: queued, active: verdicts.length, completed: 1841 + Math.round(seconds) },
      oldestQueuedSeconds: 40 + 25 * Math.sin(seconds / 20) + seconds / 10,
      oldestRunningSeconds: 1500 + seconds,
      retries: {
        retriedJobs: 61,
        attemptsTotal: 1990,
        exhaustedJobs: 4,
        delayedJobs: 3,
        nextAvailableAt: timestampFromMs(now + 42_000),
        waitingRetry: 2,
      },
      running: {
        items: verdicts.slice(0, 4).map((_, index) => ({
          jobId: String(2210 + index),
          taskId: String(FIRST_TASK + index),
          kind: ROLES[index] ?? "developer",
          attempts: 1 + (index % 2),
          maxAttempts: 3,
          runningSeconds: seconds + 1500 - index * 290,
        })),
      },
      breakers: {
        items: [
          {
            name: "anthropic-api",
            state: "open",
            failures: 5,
            openedAt: timestampFromMs(STARTED - 95_000),
            retryAt: timestampFromMs(now + 20_000),
          },
          { name: "git-host", state: "closed" },
        ],
      },
      gates: {
        items: [
          {
            scope: "repo:orchestrator",
            holderTaskId: "174",
            acquiredAt: timestampFromMs(STARTED - 230_000),
            waiting: 2,
          },
          { scope: "repo:website" },
        ],
      },
    },
    agents: { running: agentsOf(verdicts, seconds, now), finished: FINISHED },
    cost: {
      totals: { runs: 310, pricedRuns: 302, costUsd: models.reduce((sum, [, usd]) => sum + usd, 0) },
      byAgentModel: models.map(([model, costUsd]) => ({
        agent: "developer",
        model,
        usage: { runs: 100, pricedRuns: 98, costUsd },
      })),
    },
  };
}

/** Every verdict except "not known yet", which every agent starts with. */
export const EVERY_VERDICT = VERDICTS.filter((verdict) => verdict !== "not_known_yet");

/** Starts an orchestrator that changes continuously until disposed. */
export async function startOrchestrator(
  verdicts: readonly VerdictName[],
  pace = 1,
  refreshMilliseconds = REFRESH_MILLISECONDS,
): Promise<FakeTarget> {
  const target = await startFakeTarget(orchestrator(verdicts, pace));
  const living = setInterval(() => {
    target.envelope = orchestrator(verdicts, pace);
  }, refreshMilliseconds);
  const dispose = target[Symbol.asyncDispose].bind(target);
  return Object.assign(target, {
    async [Symbol.asyncDispose]() {
      clearInterval(living);
      await dispose();
    },
  });
}

/** Low enough that each verdict appears within seconds. */
export const QUICK_THRESHOLDS = `
judgement:
  { lock_seconds: 3, hung_seconds: 3, spinning_seconds: 3, orphaned_seconds: 1, person_seconds: 1, recent_seconds: 2 }
budget: { per_day_usd: 20, per_hour_usd: 0.000001 }
alerts: { resolve_after_seconds: 1 }
rules:
  agent-gone: { for_seconds: 2 }
  agent-zombie: { for_seconds: 600 }
  breaker-open: { for_seconds: 0 }
  target-down: { for_seconds: 0 }
  section-broken: { for_seconds: 0 }
`;
