/** A Unix socket instead of the port: who may connect, and when its file is removed. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { MetricsService } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { startService } from "../../src/commands/serve.ts";
import { readConfig, SETTINGS, type SettingName } from "../../src/settings.ts";
import { requires } from "../support/requires.ts";
import { type RunningProgram, runProgram, startProgram } from "../support/service.ts";
import { byHttp1 } from "./http-request.ts";
import { expectRefused, SOCKETS } from "./refused.ts";

const MISSING = "/nowhere.db";

function folder() {
  const path = mkdtempSync(join(tmpdir(), "orch-metrics-socket-"));
  return { path, socket: join(path, "socket"), [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const startOn = (socket: string): Promise<RunningProgram> =>
  startProgram(MISSING, { place: ["--socket", socket] });

/** Starts the service in the test's own process. `warnings` are the log's warnings. */
async function startHereOn(socket: string, ...args: string[]) {
  const all = ["--database", MISSING, "--socket", socket, ...args];
  const config = readConfig(all, {}, Object.keys(SETTINGS) as SettingName[]);
  const warnings: string[] = [];
  const log = pino({ level: "warn" }, { write: (line) => void warnings.push(line) });
  const { close } = await startService(config, log);
  return { warnings, [Symbol.asyncDispose]: close };
}
const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);
const health = (socketPath: string, host = "any.example") =>
  byHttp1("http://localhost/health", { socketPath, headers: { host } });

describe("--socket", () => {
  it("serves HTTP/1.1 and HTTP/2 on a socket, with any host name, and removes the file at the end", async () => {
    using place = folder();
    await using service = await startOn(place.socket);
    expect(service.url).toBe(`unix:${place.socket}`);
    expect((await health(place.socket)).body).toBe('{"status":"ok"}');
    const transport = createConnectTransport({
      baseUrl: "http://localhost",
      httpVersion: "1.1",
      nodeOptions: { socketPath: place.socket },
    });
    expect((await createClient(MetricsService, transport).getMetrics({})).schemaVersion).toBe(1);
    const curl = ["-sS", "--http2-prior-knowledge", "--unix-socket", place.socket, "http://localhost/health"];
    expect(execFileSync("curl", curl, { encoding: "utf8" })).toBe('{"status":"ok"}');
    expect(await service.stop()).toBe(0);
    expect(existsSync(place.socket)).toBe(false);
  });

  it("creates a socket with mode 600, or 660 with a group, or the mode of --socket-mode", async () => {
    using place = folder();
    const group = execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();
    const cases: [string[], string][] = [
      [[], "600"],
      [["--socket-group", group], "660"],
      [["--socket-mode", "666", "--socket-group", String(process.getgid?.())], "666"],
    ];
    for (const [args, mode] of cases) {
      await using _service = await startHereOn(place.socket, ...args);
      expect(modeOf(place.socket)).toBe(mode);
      expect(statSync(place.socket).gid).toBe(process.getgid?.());
    }
  });

  it("creates a socket of the given group", requires(process.getuid?.() === 0, "root"), async () => {
    using place = folder();
    await using service = await startHereOn(place.socket, "--socket-group", "daemon");
    expect(statSync(place.socket).gid).toBe(1);
    expect((await health(place.socket)).status).toBe(200);
    expect(service.warnings.filter((line) => !line.includes("not ready"))).toEqual([]);
  });

  it("replaces a socket that a killed process left, but not one in use", async () => {
    using place = folder();
    await using killed = await startOn(place.socket);
    await killed.stop("SIGKILL");
    expect(existsSync(place.socket)).toBe(true);
    await using _service = await startHereOn(place.socket);
    const second = await runProgram(["serve", "--database", "x", "--socket", place.socket]);
    expect(second.code).toBe(1);
    expect(second.stderr).toBe(
      `orch-metrics: cannot listen on the socket ${place.socket}: it is in use: stop the other program, or choose another --socket\n`,
    );
    expect((await health(place.socket)).status).toBe(200);
  });
});

describe("startup fails with one line for", () => {
  for (const refused of SOCKETS) it(refused.what, () => expectRefused(refused));
});
