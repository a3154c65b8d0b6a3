/**
 * The watchdog survives problems of its surroundings: its log, its history, its descriptors and its clients.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { environment } from "../support/program.ts";
import { eventually } from "../support/service.ts";
import { type EnvelopeInit, startFakeTarget } from "./support/fake-target.ts";
import { createFolder, runWatchdog, startWatchdog } from "./support/watchdog.ts";

const WITH_PACE = new URL("./support/watchdog-with-pace.ts", import.meta.url).pathname;

const FLAPPING: readonly EnvelopeInit[] = ["open", "closed"].map((state) => ({
  queue: { breakers: { items: [{ name: "a".repeat(450), state }] } },
}));

describe("a log", () => {
  it.each([
    ["on a full disk", () => openSync("/dev/full", "w")],
    ["that nobody reads", () => "pipe" as const],
  ])("%s stops neither the polls nor the shutdown", async (_name, output) => {
    await using target = await startFakeTarget(FLAPPING[0]);
    const args = [
      WITH_PACE,
      '{"pollSeconds":0.02,"tickMilliseconds":20}',
      "--port",
      "0",
      "--history",
      "none",
    ];
    const thresholds = new URL("../../demo/thresholds.yaml", import.meta.url).pathname;
    const child = spawn(
      process.execPath,
      [...args, "--target", `main=${target.url}`, "--thresholds", thresholds],
      { env: environment(), stdio: ["ignore", "ignore", output()] },
    );
    child.stderr?.pause();
    await eventually("it continues", () => {
      // Each change logs a line or two.
      target.envelope = FLAPPING[target.requests.length % 2] ?? {};
      return target.requests.length > 150;
    });
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    // A pipe that is never read must be closed for the process to end.
    child.stderr?.destroy();
    expect(await ended).toEqual([0, null]);
  });
});

describe("a history", () => {
  // Works for any replacement, since a digest of each document is stored with it.
  it.each(["{bad", "null", "{}"])("with documents changed to %s loses only these", async (text) => {
    using folder = createFolder();
    await using target = await startFakeTarget({ ...FLAPPING[0], agents: { running: [{ runId: "1" }] } });
    const path = folder.file("history.db");
    const args = ["--target", `main=${target.url}`, "--history", path];
    const first = await startWatchdog(args);
    await eventually("it alerts", async () => (await first.alert("breaker-open")) !== undefined);
    await first.stop();
    const database = new Database(path);
    const { changes } = database
      .prepare("UPDATE documents SET text = @text WHERE text <> @text")
      .run({ text });
    database.prepare("UPDATE raw SET text = ?").run(text);
    database.close();
    await using second = await startWatchdog(args);
    await eventually("it watches", async () => (await second.summary("main")).state === "up");
    await eventually("it alerts", async () => (await second.alert("breaker-open")) !== undefined);
    expect((await second.fleet()).recording.on).toBe(true);
    expect((await second.get("/api/targets/main/series?from=0&to=9999999999999")).status).toBe(200);
    const lines = second.log() as readonly {
      readonly msg: string;
      readonly documents?: number;
      readonly err?: unknown;
    }[];
    expect(lines.find(({ documents }) => documents !== undefined)?.documents).toBe(changes);
    expect(lines.filter(({ err }) => err !== undefined)).toEqual([]);
  });
});

describe("a shortage of descriptors", () => {
  it("affects only the watchdog: no target is down because of it, and the page is served", async () => {
    await using target = await startFakeTarget();
    await using watchdog = await startWatchdog(
      ["--target", `main=${target.url}`, "--target", "other=http://127.0.0.1:1", "--history", "none"],
      { through: ["prlimit", "--nofile=400"] },
    );
    await eventually("it is up", async () => (await watchdog.summary("main")).state === "up");
    const { port } = new URL(watchdog.url);
    const idle: Socket[] = [];
    for (let index = 0; index < 500; index += 1) {
      const socket = connect(Number(port), "127.0.0.1").on("error", () => {});
      socket.resume();
      idle.push(socket);
    }
    await eventually("the oldest are closed", () => idle.slice(0, 200).every(({ destroyed }) => destroyed));
    const before = target.requests.length;
    await eventually("it polls again", () => target.requests.length > before + 5);
    expect((await watchdog.summary("main")).state).toBe("up");
    expect((await watchdog.summary("other")).state).toBe("down");
    for (const socket of idle) socket.destroy();
  });

  it("in which nothing can be opened marks no target as down", async () => {
    await using target = await startFakeTarget();
    await using watchdog = await startWatchdog(["--target", `main=${target.url}`, "--history", "none"], {
      pace: { pollSeconds: 0.1, tickMilliseconds: 50, repeatMilliseconds: 200 },
    });
    await eventually("it is up", async () => (await watchdog.summary("main")).state === "up");
    // An idle connection is reused. From here on each poll needs its own.
    target.instead = (request, response) => {
      target.instead = undefined;
      response.setHeader("connection", "close");
      request.socket.destroySoon();
      response.destroy();
    };
    const { pid } = watchdog.child;
    const run = spawn("prlimit", ["--pid", String(pid), "--nofile=5:4096"]);
    await once(run, "exit");
    await eventually("the log says so", () =>
      watchdog.log().some(({ msg }) => msg.includes("file descriptors")),
    );
    const after = spawn("prlimit", ["--pid", String(pid), "--nofile=4096:4096"]);
    await once(after, "exit");
    await eventually("it reads again", async () => (await watchdog.summary("main")).state === "up");
    expect((await watchdog.alerts()).past.filter(({ rule }) => rule === "target-down")).toEqual([]);
  });
});

describe("a failed startup", () => {
  it("ends the process with one line, whatever failed", async () => {
    using folder = createFolder();
    await using running = await startWatchdog(["--target", "a=http://127.0.0.1:1", "--history", "none"]);
    const { port } = new URL(running.url);
    for (const args of [
      ["--port", port],
      ["--host", "192.0.2.1"],
      ["--history", "/proc/nothing/history.db"],
      ["--targets", folder.file("nothing.yaml")],
      ["--token-file", folder.path],
    ]) {
      const { code, stderr } = await runWatchdog(["--target", "a=http://127.0.0.1:1", ...args], {
        XDG_STATE_HOME: folder.path,
      });
      expect(code, stderr).toBe(1);
      expect(stderr.trim().split("\n"), stderr).toHaveLength(1);
      expect(stderr).toMatch(/^orch-watchdog: /);
    }
  });
});

describe("a watchdog that was suspended", () => {
  it("reports no target as down for that time", async () => {
    await using target = await startFakeTarget();
    await using watchdog = await startWatchdog([
      ...["--target", `main=${target.url}`, "--timeout", "2", "--history", "none"],
    ]);
    const states = new Set<string>();
    const requested = Promise.withResolvers<void>();
    await eventually("it was read", async () => (await watchdog.summary("main")).state === "up");
    target.instead = (_request, response) => {
      watchdog.child.kill("SIGSTOP");
      target.instead = undefined;
      requested.resolve();
      setTimeout(() => response.writeHead(200, { "content-type": "application/proto" }).flushHeaders(), 100);
    };
    await requested.promise;
    // Longer than the timeout of 2 s.
    await sleep(3_000);
    const readings = target.requests.length;
    watchdog.child.kill("SIGCONT");
    while (target.requests.length < readings + 2) {
      states.add((await watchdog.summary("main")).state);
      await sleep(20);
    }
    expect([...states]).toEqual(["up"]);
  });
});
