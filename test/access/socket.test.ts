/** A Unix socket in place of the port: who may connect, and what becomes of its file. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, it } from "vitest";
import { MetricsService } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { requires } from "../support/requires.ts";
import { runProgram, startProgram } from "../support/service.ts";
import { byHttp1 } from "./ask.ts";

const MISSING = "/nowhere.db";

function folder() {
  const path = mkdtempSync(join(tmpdir(), "orch-metrics-socket-"));
  return { path, socket: join(path, "socket"), [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const startOn = (socket: string, ...args: string[]) =>
  startProgram(MISSING, { place: ["--socket", socket], args });
const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);
const health = (socketPath: string, host = "any.example") =>
  byHttp1("http://localhost/health", { socketPath, headers: { host } });

describe("with --socket", () => {
  it("it answers there by HTTP/1.1 and HTTP/2, by any name, and takes the file away at the end", async () => {
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

  it("its mode is 600, or 660 with a group, or what --socket-mode says", async () => {
    using place = folder();
    const group = execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();
    const cases: [string[], string][] = [
      [[], "600"],
      [["--socket-group", group], "660"],
      [["--socket-mode", "666", "--socket-group", String(process.getgid?.())], "666"],
    ];
    for (const [args, mode] of cases) {
      await using service = await startOn(place.socket, ...args);
      expect(modeOf(place.socket)).toBe(mode);
      expect(statSync(place.socket).gid).toBe(process.getgid?.());
      await service.stop();
    }
  });

  it("belongs to the group that it is given", requires(process.getuid?.() === 0, "root"), async () => {
    using place = folder();
    await using service = await startOn(place.socket, "--socket-group", "daemon");
    expect(statSync(place.socket).gid).toBe(1);
    expect((await health(place.socket)).status).toBe(200);
    expect(service.log()).not.toContain("warn");
  });

  it("what a killed process left there is replaced, and what somebody listens on is not", async () => {
    using place = folder();
    await using killed = await startOn(place.socket);
    await killed.stop("SIGKILL");
    expect(existsSync(place.socket)).toBe(true);
    await using service = await startOn(place.socket);
    const second = await runProgram(["serve", "--database", "x", "--socket", place.socket]);
    expect(second.code).toBe(1);
    expect(second.stderr).toBe(
      `orch-metrics: the socket ${place.socket} is in use: stop what listens there, or give another --socket\n`,
    );
    expect((await health(place.socket)).status).toBe(200);
    await service.stop();
  });
});

describe("a socket that cannot be made ends the start with one line", () => {
  const cases: [string, (path: string) => string[], string][] = [
    ["another file there", (path) => ["--socket", path], "is no socket, and is not replaced"],
    ["no folder", (path) => ["--socket", join(`${path}-none`, "socket")], "in a folder that is there"],
    ["a long path", (path) => ["--socket", path.padEnd(108, "x")], "a path of at most 107 bytes"],
    [
      "no such group",
      (path) => ["--socket", `${path}-2`, "--socket-group", "nobody-has-it"],
      "--socket-group",
    ],
    ["no mode", (path) => ["--socket", `${path}-2`, "--socket-mode", "rw"], "three octal digits"],
    ["a mode alone", () => ["--socket-mode", "660"], "--socket-mode needs --socket too"],
    [
      "a port beside it",
      (path) => ["--socket", path, "--port", "1"],
      "--socket and --port do not go together",
    ],
    [
      "a variable beside it",
      (path) => ["--socket", path],
      "--socket and ORCH_METRICS_HOST do not go together",
    ],
  ];
  for (const [what, args, words] of cases) {
    it(what, async () => {
      using place = folder();
      writeFileSync(place.socket, "kept");
      const env = what.startsWith("a variable") ? { ORCH_METRICS_HOST: "127.0.0.1" } : {};
      const { code, stderr } = await runProgram(["serve", "--database", "x", ...args(place.socket)], env);
      expect(code).toBe(1);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(stderr).toContain(words);
      expect(existsSync(place.socket)).toBe(true);
    });
  }
});
