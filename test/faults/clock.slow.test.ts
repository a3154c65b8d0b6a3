/** The wall clock is set forward and back under a running service. libfaketime simulates the clock. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { INSERT_TASK, startOrchestrator } from "../support/orchestrator.ts";
import { requires } from "../support/requires.ts";
import { eventually, startProgram, untilOk } from "../support/service.ts";
import { startFakeTarget } from "../watchdog/support/fake-target.ts";
import { startWatchdog } from "../watchdog/support/watchdog.ts";

/** Debian's package `faketime`, under the folder of the machine's architecture. */
const library = existsSync("/usr/lib")
  ? readdirSync("/usr/lib")
      .map((folder) => `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`)
      .find((path) => existsSync(path))
  : undefined;

const AT = "'2026-01-31T12:00:00.000Z'";
const HOUR_MILLISECONDS = 3_600_000;

const ms = (time: string | null | undefined) => Date.parse(time ?? "");

/** Creates a separate clock for a program that starts with this environment. */
function settableClock(folder: string) {
  const clock = join(folder, "clock");
  const set = (hours: number) => writeFileSync(clock, `${hours < 0 ? "" : "+"}${hours * 3_600}`);
  set(0);
  const env = {
    LD_PRELOAD: library ?? "",
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: "1",
    // Setting a real clock does not change the monotonic one either.
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    NO_FAKE_STAT: "1",
  };
  return { set, env };
}

/** Checks what must hold at any time. */
function expectPlausible(envelope: GetMetricsResponseJson): void {
  expect(envelope.collect_seconds).toBeGreaterThanOrEqual(0);
  expect(envelope.collect_seconds).toBeLessThan(10);
  for (const asOf of [envelope.queue?.history_as_of, envelope.cost?.history_as_of])
    expect(ms(asOf)).toBeLessThanOrEqual(ms(envelope.generated_at));
}

describe(
  "the wall clock",
  requires(library !== undefined, "the library faketime (Debian's package faketime)"),
  () => {
    it("may be set forward and back: times, durations and due jobs follow it", {
      timeout: 120_000,
    }, async () => {
      await using orchestrator = await startOrchestrator();
      const agent = spawn("sleep", ["300"]);
      const soon = new Date(Date.now() + HOUR_MILLISECONDS / 2).toISOString();
      await orchestrator.exec(
        `INSERT INTO agent_runs (agent, pid, started_at) VALUES ('a', ${agent.pid}, ${AT});
       INSERT INTO jobs (kind, status, available_at, created_at) VALUES ('a', 'queued', '${soon}', ${AT})`,
      );
      const { set, env } = settableClock(orchestrator.directory);
      await using program = await startProgram(orchestrator.path, {
        env,
      });
      await untilOk(program);

      for (const hours of [0, 1, 0, -1, 0]) {
        set(hours);
        const isSet = ({ generated_at }: GetMetricsResponseJson) =>
          Math.abs(ms(generated_at) - Date.now() - hours * HOUR_MILLISECONDS) < HOUR_MILLISECONDS / 4;
        await eventually(`it is ${hours} h`, async () => isSet(await program.metrics()), 30);
        const envelope = await untilOk(program);
        expectPlausible(envelope);
        expect(envelope.queue?.retries?.delayed_jobs, `at ${hours} h`).toBe(hours < 1 ? 1 : 0);
        // The kernel knows how long ago the process started.
        const [running] = envelope.agents?.running ?? [];
        const age = ms(envelope.generated_at) - ms(running?.process?.started_at);
        expect(age).toBeGreaterThan(-1_000);
        expect(age).toBeLessThan(110_000);
      }

      await orchestrator.exec(INSERT_TASK);
      await eventually(
        "a commit is reported",
        async () => (await program.metrics()).stages?.counts?.review === 1,
        30,
      );
      agent.kill();
    });

    it("may be set back under the watchdog, which keeps its polling rate", {
      timeout: 150_000,
    }, async () => {
      const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
      const { set, env } = settableClock(folder);
      await using target = await startFakeTarget();
      const history = ["--history", join(folder, "history.db")];
      const args = ["--target", `one=${target.url}`, "--poll-seconds", "0.2", ...history];
      await using watchdog = await startWatchdog(args, { env, pace: null });
      const readFiveTimes = () => {
        const before = target.requests.length;
        return eventually("it is read", () => target.requests.length >= before + 5);
      };
      await readFiveTimes();
      for (const hours of [-1, 1, 0]) {
        set(hours);
        await readFiveTimes();
      }
      expect((await watchdog.get("/")).status).toBe(200);
      rmSync(folder, { recursive: true });
    });
  },
);
