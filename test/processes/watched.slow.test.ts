/** Agents without a database, and agents without a pid, as a user of the program sees them. */
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { startInProcess } from "../service/in-process.ts";
import { startsChildren } from "../support/children.ts";
import { createDatabase, run } from "../support/database.ts";
import { eventually, runProgram, startReady } from "../support/service.ts";
import { watchInProcess } from "../watchdog/support/watchdog.ts";

const start = startsChildren();
/** A name unique to this test, so that no other process on the machine is listed. */
const PROGRAM = `agent-${process.pid}`;
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Resolves once the process is the program: an earlier sweep would miss it, and the next one is half a minute
 * later.
 */
async function agentIn(name: string, script = "sleep 60", more = {}) {
  mkdirSync(join(folder, name), { recursive: true });
  // With a socket as its input, bash assumes a remote shell and would run ~/.bashrc first.
  const args = ["--norc", "-c", `exec -a ${PROGRAM} ${script}`];
  const agent = start("bash", args, { cwd: join(folder, name), ...more });
  await eventually("it is the program", () =>
    readFileSync(`/proc/${agent.pid}/cmdline`, "latin1").startsWith(PROGRAM),
  );
  return agent;
}

/** Writes two lines to a transcript, keeps it open, and starts another process of the same program. */
async function agentWithTranscript(name: string) {
  mkdirSync(join(folder, name), { recursive: true });
  const transcript = openSync(join(folder, name, "transcript.jsonl"), "a");
  writeFileSync(transcript, "{}\n[]\n");
  const inner = `bash --norc -c 'exec -a ${PROGRAM} sleep 60 & wait'`;
  const agent = await agentIn(name, inner, { stdio: ["pipe", "pipe", "ignore", transcript] });
  closeSync(transcript);
  return agent;
}

it("--watch-processes lists each process tree of the programs as a run, and nothing else", async () => {
  const agent = await agentWithTranscript("the-task");
  start("sleep", ["60"], { cwd: folder });
  await using service = await startReady(undefined, { args: ["--watch-processes", `other|${PROGRAM}`] });
  const envelope = await service.metrics();
  expect(envelope.agents).toMatchObject({ error: null, running_omitted: 0 });
  expect(envelope.agents?.running).toHaveLength(1);
  expect(envelope.agents?.running?.[0]).toMatchObject({
    ...{ agent: PROGRAM, task_id: "the-task", pid: agent.pid, presence: "running", heartbeat_at: null },
    log: { size_bytes: 6, recent_lines: 2 },
    process: { descendants: { processes: 1 } },
    usage: { runs: 1, cost_usd: null, input_tokens: null },
  });
  expect(envelope.cost?.error).toMatchObject({
    code: "unimplemented",
    message: expect.stringContaining("--database"),
  });
  expect(envelope.stages?.error?.code).toBe("unimplemented");
  expect(await (await service.get("/metrics")).text()).not.toContain(folder);
  const [first, second] = [envelope, await service.metrics()].map(({ agents }) => agents?.running?.[0]);
  expect([second?.run_id, second?.started_at]).toEqual([first?.run_id, first?.started_at]);
  agent.kill("SIGKILL");
  await eventually("it is no longer a run", async () => {
    const { agents } = await service.metrics();
    return agents?.running?.every(({ pid }) => pid !== agent.pid) ?? false;
  });
});

it("--watch-processes uses the file of a run's standard output as its log, and no other file", async () => {
  const [output, diagnostics] = ["run.log", "debug.log"].map((name) => openSync(join(folder, name), "a"));
  writeFileSync(output as number, "1\n");
  await agentIn("talks", undefined, { stdio: ["pipe", output, "ignore", diagnostics] });
  await agentIn("silent", undefined, { stdio: ["pipe", "ignore", "ignore", diagnostics] });
  const { stdout } = await runProgram(["snapshot", "--watch-processes", PROGRAM]);
  const logs = (JSON.parse(stdout) as GetMetricsResponseJson).agents?.running?.map((one) => [
    one.task_id,
    one.log?.size_bytes,
  ]);
  expect(Object.fromEntries(logs ?? [])).toEqual({ talks: 2, silent: undefined });
});

it("snapshot and check print the watched processes", async () => {
  await agentIn("a");
  const args = ["--watch-processes", PROGRAM];
  const [snapshot, check] = [await runProgram(["snapshot", ...args]), await runProgram(["check", ...args])];
  expect(JSON.parse(snapshot.stdout).agents.running).toMatchObject([{ agent: PROGRAM, task_id: "a" }]);
  expect(check.stdout).toMatch(/ok +agents +1 running, 1 with a visible process/);
  expect(check.code).toBe(0);
});

it("--watch-processes lists no process that is already a run of the database", async () => {
  using database = createDatabase();
  database.connection.exec("CREATE TABLE sessions (id TEXT, pid INTEGER, cwd TEXT, file TEXT)");
  const profile = join(folder, "sessions.sql");
  writeFileSync(
    profile,
    `-- dialect: sqlite
-- name: agents
SELECT id AS run_id, NULL AS task_id, 'mine' AS agent, NULL AS model, pid, NULL AS host, NULL AS started_at_ms,
  NULL AS heartbeat_at_ms, file AS open_file, cwd, '${PROGRAM}' AS program FROM sessions`,
  );
  const [recorded, inFolder, holding] = [
    await agentIn("a"),
    await agentIn("b"),
    await agentWithTranscript("c"),
  ];
  const other = await agentIn("d");
  database.insert(
    "sessions",
    { id: "1", pid: recorded.pid, cwd: null, file: null },
    { id: "2", pid: null, cwd: join(folder, "b"), file: null },
    { id: "3", pid: null, cwd: join(folder, "nowhere"), file: join(folder, "c/transcript.jsonl") },
  );
  const args = ["--profile", profile, "--watch-processes", PROGRAM];
  await using service = await startInProcess(database.path, { args });
  const { agents } = await service.metrics();
  expect(agents?.running?.map(({ agent, pid }) => [agent, pid])).toEqual([
    ["mine", recorded.pid],
    ["mine", inFolder.pid],
    ["mine", holding.pid],
    [PROGRAM, other.pid],
  ]);
  expect(await (await service.get("/metrics")).text()).not.toContain(folder);
});

it("--watch-processes lists no process that is already a run of a files profile, which needs no database", async () => {
  const [registered, other] = [await agentIn("e"), await agentIn("f")];
  const home = join(folder, "claude");
  mkdirSync(join(home, "sessions"), { recursive: true });
  const session = { pid: registered.pid, sessionId: "one", cwd: folder, startedAt: Date.now() };
  writeFileSync(join(home, "sessions", `${registered.pid}.json`), JSON.stringify(session));
  const args = ["snapshot", "--profile", "claude-code", "--watch-processes", PROGRAM];
  const { stdout } = await runProgram(args, { CLAUDE_CONFIG_DIR: home });
  const { agents } = JSON.parse(stdout) as GetMetricsResponseJson;
  expect(agents?.running?.map(({ agent, pid }) => [agent, pid])).toEqual([
    ["claude", registered.pid],
    [PROGRAM, other.pid],
  ]);
});

it("serve rejects an invalid program name, and requires a database or programs", async () => {
  const wrong = await runProgram(["serve", "--watch-processes", "/usr/bin/codex"]);
  expect(wrong).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--watch-processes: invalid value .*: use /),
  });
  const nothing = await runProgram(["serve"]);
  expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining(", or --watch-processes") });
});

it("the service starts without procfs and reports that, and the watchdog judges by the log", async () => {
  using database = createDatabase();
  const log = join(folder, "run.log");
  writeFileSync(log, "first\n");
  database.insert("agent_runs", run(1, { pid: process.pid, log_path: log }));
  const empty = join(folder, "no-procfs");
  mkdirSync(empty);
  const args = ["--proc-root", empty];
  await using service = await startInProcess(database.path, { args });
  expect(service.log()).toContain("no procfs at --proc-root");
  await using watchdog = await watchInProcess(["--target", `main=${service.url}`, "--history", "none"]);
  let lines = 0;
  await eventually("its log shows that it works", async () => {
    lines += 1;
    writeFileSync(log, `line ${lines}\n`, { flag: "a" });
    const [agent] = (await watchdog.target("main")).agents;
    return agent?.verdict.name === "working" && agent.verdict.evidence.includes("it recorded progress");
  });
  const check = await runProgram(["check", "--database", database.path, ...args]);
  expect(check).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/warning procfs +no procfs/),
  });
  const watching = await runProgram(["snapshot", "--watch-processes", ...args]);
  expect(JSON.parse(watching.stdout).agents.error).toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("no procfs"),
  });
});
