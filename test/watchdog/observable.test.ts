/** Monitoring of the watchdog: its metrics, its readiness and its heartbeat. */
import { writeFileSync } from "node:fs";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, it } from "vitest";
import { createHeartbeat } from "../../watchdog/heartbeat.ts";
import { eventually } from "../support/service.ts";
import { startFakeTarget } from "./support/fake-target.ts";
import { startReceiver } from "./support/receiver.ts";
import { createFolder, watchInProcess } from "./support/watchdog.ts";

const EXPOSED =
  /^(?:# (?:HELP|TYPE) orch_watchdog_\w+ .+|orch_watchdog_\w+(?:\{(?:\w+="(?:[^"\\\n]|\\.)*",?)+\})? [\d.e+-]+)$/;

it("the watchdog's metrics show verdicts with causes, alerts, polls, receivers and its own cost", async () => {
  using folder = createFolder();
  const startedAt = timestampFromMs(Date.now());
  await using target = await startFakeTarget({
    agents: {
      running: [1, 2].map((index) => ({
        ...{ agent: "developer", runId: String(index), pid: 100 + index, presence: "running", startedAt },
        usage: { runs: 1 },
        process: {
          ...{ state: "S", startTicks: 100_000, threads: 2, userTicks: 500, connections: { established: 1 } },
          ...{
            descendants: { processes: 0, ticks: 0 },
            wait: { kernelFunction: "do_epoll_wait", on: ["socket"] },
          },
        },
      })),
    },
    queue: { breakers: { items: [{ name: "api", state: "open" }] } },
  });
  await using webhook = await startReceiver();
  webhook.status = 503;
  writeFileSync(
    folder.file("thresholds.yaml"),
    "judgement: { recent_seconds: 0.4 }\nrules: { breaker-open: { for_seconds: 0 } }",
  );
  await using watchdog = await watchInProcess([
    ...["--target", `a"b=${target.url}`, "--thresholds", folder.file("thresholds.yaml")],
    ...["--history", folder.file("history.db"), "--webhook", webhook.url],
  ]);
  const metrics = async () => (await watchdog.get("/metrics")).text();
  const series = (text: string) =>
    Object.fromEntries(
      text
        .split("\n")
        .flatMap((line) => (line === "" || line.startsWith("#") ? [] : [line.split(/ (?=\S+$)/)])),
    ) as Record<string, string>;
  await eventually("they wait", async () => /verdict="waiting_on_peer"/.test(await metrics()));
  await eventually("the webhook fails", async () =>
    /failures_total\{receiver="webhook"\} [1-9]/.test(await metrics()),
  );
  const text = await metrics();
  for (const line of text.trimEnd().split("\n")) expect(line).toMatch(EXPOSED);
  const found = series(text);
  expect(found).toMatchObject({
    'orch_watchdog_agents{target="a\\"b",verdict="waiting_on_peer",cause="peer"}': "2",
    'orch_watchdog_target_state{target="a\\"b",state="up"}': "1",
    'orch_watchdog_alerts{target="a\\"b",rule="breaker-open",severity="warning",state="firing"}': "1",
    'orch_watchdog_receiver_waiting_alerts{receiver="webhook"}': "1",
    'orch_watchdog_receiver_messages_total{receiver="log"}': "1",
    orch_watchdog_recording: "1",
    orch_watchdog_starved_polls_total: "0",
  });
  for (const name of ["polls_total", "poll_seconds_total", "cpu_seconds_total", "resident_memory_bytes"])
    expect(Number(found[`orch_watchdog_${name}`])).toBeGreaterThan(0);
  expect(Object.keys(found).filter((name) => name.startsWith("orch_watchdog_heartbeat"))).toEqual([]);
  expect((await watchdog.get("/metrics")).headers.get("content-type")).toBe(
    "text/plain; version=0.0.4; charset=utf-8",
  );
});

it("the watchdog is ready once each target was polled, with any result", async () => {
  await using quick = await startFakeTarget();
  await using silent = await startFakeTarget();
  let release = () => {};
  silent.instead = (_request, response) => {
    release = () => {
      silent.instead = undefined;
      response.destroy();
    };
  };
  await using watchdog = await watchInProcess([
    ...["--target", `quick=${quick.url}`, "--target", `silent=${silent.url}`, "--history", "none"],
  ]);
  await eventually("the other gets a request", () => silent.requests.length > 0);
  await eventually("one is read", async () => (await watchdog.summary("quick")).state === "up");
  const ready = await watchdog.get("/ready");
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { code: "unavailable", message: "1 target not polled yet" },
  ]);
  expect((await watchdog.get("/health")).status).toBe(200);
  release();
  await eventually("it is ready", async () => (await watchdog.get("/ready")).status === 200);
});

it("the watchdog sends its heartbeat while it polls, and logs once that it gets no response", async () => {
  await using target = await startFakeTarget();
  await using pings = await startReceiver();
  const pace = { heartbeatMilliseconds: 100 };
  await using watchdog = await watchInProcess(
    ["--target", `one=${target.url}`, "--history", "none", "--heartbeat-url", `${pings.url}/ping/uuid`],
    { pace },
  );
  await eventually("some arrive", () => pings.taken.length >= 3);
  expect(pings.taken[0]).toMatchObject({ method: "GET", path: "/ping/uuid", body: undefined });
  // A poll of a target that is down counts too.
  target.instead = (_request, response) => response.destroy();
  await eventually("it is down", async () => (await watchdog.summary("one")).state === "down");
  const before = pings.taken.length;
  await eventually("they continue", () => pings.taken.length >= before + 3);
  pings.status = 500;
  const failures = async () =>
    Number(
      /^orch_watchdog_heartbeat_failures_total (\d+)$/m.exec(
        await (await watchdog.get("/metrics")).text(),
      )?.[1],
    );
  await eventually("three fail", async () => (await failures()) >= 3);
  expect(watchdog.log().filter(({ msg }) => msg === "no answer to the heartbeat")).toHaveLength(1);
});

it("the watchdog sends no heartbeat while it does not poll", async () => {
  await using pings = await startReceiver();
  let polledAt = 0;
  const heartbeat = createHeartbeat({
    url: pings.url,
    everyMilliseconds: 60_000,
    isAlive: (now) => now - polledAt <= 40_000,
    complain: () => {},
  });
  heartbeat?.tick(0);
  await eventually("the first arrives", () => pings.taken.length === 1);
  for (const now of [59_999, 60_000]) heartbeat?.tick(now);
  // Earlier heartbeats would arrive before these requests.
  for (const _ of [1, 2]) await fetch(`${pings.url}/ours`);
  polledAt = 180_000;
  heartbeat?.tick(180_000);
  await eventually("the next arrives", () => pings.taken.length > 3);
  expect(pings.taken.map(({ path }) => path)).toEqual(["/", "/ours", "/ours", "/"]);
  await eventually("one arrives although the clock is set back", () => {
    heartbeat?.tick(0);
    return pings.taken.length > 4;
  });
});
