/** The states of targets, and how they are shown. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { createDatabase, job, run, task } from "../support/database.ts";
import { eventually, startProgram } from "../support/service.ts";
import { startFakeTarget } from "./support/fake-target.ts";
import { createFolder, startWatchdog, watchInProcess } from "./support/watchdog.ts";

const thresholds = (text: string, folder: { file(name: string): string }) => {
  writeFileSync(folder.file("thresholds.yaml"), text);
  return ["--thresholds", folder.file("thresholds.yaml"), "--history", "none"];
};

describe("the watchdog", () => {
  it("shows what the real service reports", async () => {
    using database = createDatabase();
    database.insert("tasks", task(1, "review"), task(2, "development"));
    database.insert("jobs", job(1, "queued"));
    database.insert("agent_runs", run(1, { pid: process.pid, model: "m", cost_usd: 1.5, task_id: 1 }));
    await using service = await startProgram(database.path);
    await using watchdog = await startWatchdog(["--target", `main=${service.url}`, "--history", "none"]);
    await eventually("it was read", async () => (await watchdog.summary("main")).state === "up");
    expect(await watchdog.summary("main")).toMatchObject({
      url: service.url,
      schemaVersion: 1,
      activeTasks: 2,
      queued: 1,
      firing: 0,
    });
    const target = await watchdog.target("main");
    expect(target.envelope?.agents?.running?.[0]).toMatchObject({
      run_id: "1",
      agent: "developer",
      presence: "running",
    });
    expect(target.agents[0]).toMatchObject({ runId: "1", agent: "developer", model: "m", costUsd: 1.5 });
    expect(target.agents[0]?.verdict.evidence).not.toBe("");

    // As many runs are deleted as finish, so the sums stay the same.
    const finish = (id: number) =>
      run(id, { model: "m", cost_usd: 10, finished_at: new Date().toISOString() });
    const spent = async () => (await watchdog.target("main")).spend.todayUsd;
    const readWith = (id: string) =>
      eventually(`run ${id} was read`, async () => {
        const { finished = [] } = (await watchdog.target("main")).envelope?.agents ?? {};
        return finished.some(({ run_id }) => run_id === id);
      });
    database.insert("agent_runs", finish(2));
    await readWith("2");
    expect(await spent()).toBe(10);
    for (const id of [3, 4]) {
      database.connection.transaction(() => {
        database.connection.exec(`DELETE FROM agent_runs WHERE id = ${id - 1}`);
        database.insert("agent_runs", finish(id));
      })();
      await readWith(String(id));
    }
    expect(await spent()).toBe(30);
  });

  it("shows a response of a 0.1.0 service, with what that omits as unknown", async () => {
    const recorded = readFileSync(new URL("../compatibility/0.1.0/envelope.binpb", import.meta.url));
    await using old = await startFakeTarget();
    old.instead = (_request, response) =>
      response.setHeader("content-type", "application/proto").end(recorded);
    await using watchdog = await watchInProcess(["--target", `main=${old.url}`, "--history", "none"]);
    await eventually("it was read", async () => (await watchdog.summary("main")).state === "up");
    const { envelope, agents, spend } = await watchdog.target("main");
    expect(agents.length).toBeGreaterThan(0);
    expect(spend).toMatchObject({ todayUsd: 0, lastHourUsd: 0 });
    expect(envelope?.queue?.retries?.delayed_jobs).toBeGreaterThan(0);
    expect(envelope?.queue?.delayed_jobs).toBeUndefined();
    expect(envelope?.agents?.finished).toEqual([]);
  });

  /** Nothing listens here. `fetch` itself rejects port 1. */
  const AWAY = "http://127.0.0.1:2";

  it("continues when a target fails, and reports the reason", async () => {
    await using refused = await startFakeTarget();
    refused.instead = (_request, response) => response.writeHead(401).end();
    await using newer = await startFakeTarget({ schemaVersion: 2 });
    await using html = await startFakeTarget();
    html.instead = (_request, response) => response.setHeader("content-type", "text/html").end("<p>hello");
    await using silent = await startFakeTarget();
    silent.instead = () => {};
    await using well = await startFakeTarget();
    await using empty = await startFakeTarget({ schemaVersion: 0 });
    const targets = { refused, newer, empty, html, silent, well };
    const args = [
      ...Object.entries(targets).flatMap(([name, { url }]) => ["--target", `${name}=${url}`]),
      ...["--target", `tls=${well.url.replace("http:", "https:")}`],
      ...["--target", `away=${AWAY}`, "--timeout", "3", "--history", "none"],
    ];
    // A poll without an answer counts only if this process has time, which it lacks with ten polls a second.
    await using watchdog = await watchInProcess(args, { pace: { pollSeconds: 0.5 } });
    const states = async () =>
      Object.fromEntries((await watchdog.fleet()).targets.map(({ name, state }) => [name, state]));
    const expected = {
      refused: "unauthenticated",
      newer: "other_schema",
      empty: "down",
      html: "down",
      silent: "down",
      well: "up",
      tls: "down",
      away: "down",
    };
    await expect.poll(states, { timeout: 55_000 }).toEqual(expected);
    expect((await watchdog.summary("away")).note).toBe("it cannot be reached: nothing listens there");
    expect((await watchdog.summary("tls")).note).toContain(
      "it does not support TLS, or not this version: its URL may have to begin with http:",
    );
    expect((await watchdog.summary("silent")).note).toBe("no answer within 3 s");
    expect((await watchdog.summary("empty")).note).toBe("its answer is not from orch-metrics");
    expect((await watchdog.summary("newer")).note).toContain("its schema version is 2");
    well.instead = (_request, response) => response.destroy();
    await eventually("it is down", async () => (await watchdog.summary("well")).state === "down");
    well.instead = undefined;
    await eventually("it is up again", async () => (await watchdog.summary("well")).state === "up");
  });

  it("distinguishes a service that reads nothing or only a part from one that is up", async () => {
    using folder = createFolder();
    const error = { code: "unavailable", message: "no database yet" };
    const broken = { error };
    const queue = { error, breakers: broken, gates: broken, running: broken };
    await using empty = await startFakeTarget({ stages: broken, queue, agents: broken, cost: broken });
    await using part = await startFakeTarget({ stages: { counts: {} }, agents: broken, cost: {} });
    // A section that the profile does not map has not failed.
    const unmapped = { error: { code: "unimplemented", message: "the profile maps no agents" } };
    await using well = await startFakeTarget({ stages: { counts: {} }, agents: unmapped });
    await using watchdog = await watchInProcess([
      ...["--target", `empty=${empty.url}`, "--target", `part=${part.url}`, "--target", `well=${well.url}`],
      ...thresholds("rules: { section-broken: { for_seconds: 0 } }", folder),
    ]);
    await eventually("all are read", async () =>
      (await watchdog.fleet()).targets.every(({ readAt }) => readAt !== undefined),
    );
    expect(await watchdog.summary("empty")).toMatchObject({ state: "no_data", note: "no database yet" });
    expect(await watchdog.summary("part")).toMatchObject({ state: "partial", note: "no database yet" });
    expect((await watchdog.summary("well")).state).toBe("up");
    const metrics = await (await watchdog.get("/metrics")).text();
    expect(metrics).toContain('orch_watchdog_target_state{target="empty",state="no_data"} 1\n');
    for (const name of ["empty", "part", "well"])
      expect((await watchdog.summary(name)).agents, name).toBeUndefined();
    await eventually(
      "an alert says so",
      async () => (await watchdog.alert("section-broken", "empty")) !== undefined,
    );
    const { open } = await watchdog.alerts();
    const alerts = open.filter(({ target }) => target === "empty");
    expect(alerts.map(({ labels, evidence }) => ({ ...labels, evidence }))).toEqual([
      {
        section: "stages, queue, queue.breakers, queue.gates, queue.running, agents, cost",
        evidence: "unavailable: no database yet",
      },
    ]);
  });

  it("reports a target as slow if it takes long, and as stale if its response does not change", async () => {
    using folder = createFolder();
    await using slow = await startFakeTarget();
    await using stale = await startFakeTarget({ generatedAt: timestampFromMs(Date.now()) });
    await using watchdog = await watchInProcess([
      ...["--target", `slow=${slow.url}`, "--target", `stale=${stale.url}`],
      ...thresholds(
        "polling: { slow_seconds: 0.0001, stale_seconds: 1 }\nrules: { target-stale: { for_seconds: 0 } }",
        folder,
      ),
    ]);
    await eventually("one is slow", async () => (await watchdog.summary("slow")).state === "slow");
    await eventually("one is stale", async () => (await watchdog.summary("stale")).state === "stale");
    expect((await watchdog.summary("stale")).note).toMatch(/the same answer for \d+ s/);
    await eventually(
      "an alert says so",
      async () => (await watchdog.alert("target-stale"))?.state === "firing",
    );
  });

  it("does not delay the end of the watchdog by a target that does not answer", async () => {
    await using target = await startFakeTarget();
    target.instead = () => {};
    const args = ["--target", `main=${target.url}`, "--history", "none", "--timeout", "600"];
    const watchdog = await watchInProcess(args);
    await eventually("it is asked", () => target.requests.length > 0);
    await watchdog[Symbol.asyncDispose]();
  });

  it("sends the token, and reads it again for each poll", async () => {
    using folder = createFolder();
    writeFileSync(folder.file("token"), "first-first-first\n");
    await using target = await startFakeTarget();
    await using watchdog = await watchInProcess([
      ...["--target", `main=${target.url}`, "--token-file", folder.file("token"), "--history", "none"],
    ]);
    const sent = () => target.requests.at(-1)?.headers.authorization;
    await eventually("it is sent", () => sent() === "Bearer first-first-first");
    writeFileSync(folder.file("token"), "second-second-second\n");
    await eventually("the new one is sent", () => sent() === "Bearer second-second-second");
    rmSync(folder.file("token"));
    await eventually(
      "it is reported as missing",
      async () => (await watchdog.summary("main")).state === "down",
    );
    expect((await watchdog.summary("main")).note).toBe("its token file cannot be used: no such file");
  });

  it("reloads the targets file when it changes, and keeps the last valid one", async () => {
    using folder = createFolder();
    await using one = await startFakeTarget();
    await using two = await startFakeTarget();
    const path = folder.file("targets.yaml");
    const write = (text: string) => {
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    };
    write(`targets: [{ name: one, url: "${one.url}" }]`);
    await using watchdog = await watchInProcess(["--targets", path, "--history", "none"]);
    const names = async () => (await watchdog.fleet()).targets.map(({ name }) => name);
    expect(await names()).toEqual(["one"]);
    write(
      JSON.stringify({
        targets: [
          { name: "one", url: one.url },
          { name: "two", url: two.url },
        ],
      }),
    );
    await eventually("two is watched", async () => (await names()).length === 2);
    await eventually("two is read", async () => (await watchdog.summary("two")).state === "up");
    write("targets: [{ name: 7 }]");
    await eventually("the fault is logged", () =>
      watchdog.log().some(({ msg }) => msg.includes("stays in force")),
    );
    expect(await names()).toEqual(["one", "two"]);
    write(`targets: [{ name: two, url: "${two.url}" }]`);
    await eventually("one is no longer watched", async () => (await names()).join() === "two");
  });
});
