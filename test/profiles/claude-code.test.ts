/** The profile for Claude Code, whose state is in files: its session registry and the transcripts. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, type RunningProgram, runProgram, startReady } from "../support/service.ts";

const SECRET = "the plans of the customer";
let folder: string;
let service: RunningProgram;
let project: string;
let sessions: string;

/** Returns a line of a transcript. A message that is written again keeps its id. */
function answer(sessionId: string, id: string, input: number, output: number, model = "claude-opus"): string {
  const usage = { input_tokens: input, output_tokens: output, cache_read_input_tokens: 5 };
  const message = { id, model, role: "assistant", content: [{ type: "text", text: SECRET }], usage };
  const timestamp = "2026-11-27T10:00:00.000Z";
  return `${JSON.stringify({ type: "assistant", sessionId, timestamp, cwd: project, message })}\n`;
}

function register(pid: number, sessionId: string, status?: string): void {
  const entry = { pid, sessionId, cwd: "/home/dev/shop", startedAt: Date.now(), kind: "interactive", status };
  writeFileSync(join(sessions, `${pid}.json`), JSON.stringify(entry));
}

const transcript = (sessionId: string) => join(project, `${sessionId}.jsonl`);
const totals = async () => (await service.metrics("?read_mask=cost")).cost?.totals;
/** A sum that took more than 10 ms, as on a busy machine, is read in the background from then on. */
const SOON = { timeout: 20_000, interval: 20 };
const running = async () => (await service.metrics("?read_mask=agents")).agents?.running ?? [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "orch-metrics-claude-"));
  [project, sessions] = [join(folder, "projects", "-home-dev-shop"), join(folder, "sessions")];
  mkdirSync(project, { recursive: true });
  mkdirSync(sessions);
  service = await startReady(folder, { args: ["--profile", "claude-code"] });
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe("the files of Claude Code", () => {
  it("turn two sessions in one folder into two runs, each with its process, status and tokens", async () => {
    register(process.pid, "one", "busy");
    register(process.ppid, "two", "idle");
    const written = readFileSync(join(sessions, `${process.ppid}.json`), "utf8");
    writeFileSync(join(sessions, `${process.ppid}.json`), `\uFEFF${written}`);
    // An older version leaves this file behind.
    writeFileSync(join(sessions, "pid-7.json"), '{"session_id":"old","cwd":"/home/dev"}');
    writeFileSync(transcript("one"), answer("one", "m1", 10, 1) + answer("one", "m1", 10, 50));
    writeFileSync(transcript("two"), answer("one", "m1", 10, 50) + answer("two", "m2", 7, 7, "claude-haiku"));
    const found = (await running()).map(({ run_id, pid, model, task_stage, usage }) => ({
      ...{ run_id, pid, model, task_stage, input: usage?.input_tokens, output: usage?.output_tokens },
    }));
    expect(found.toSorted((a, b) => (String(a.run_id) < String(b.run_id) ? -1 : 1))).toEqual([
      { run_id: "one", pid: process.pid, model: "claude-opus", task_stage: "busy", input: 10, output: 50 },
      { run_id: "two", pid: process.ppid, model: "claude-haiku", task_stage: "idle", input: 7, output: 7 },
    ]);
    const { stages } = await service.metrics();
    expect(stages?.counts).toEqual({ busy: 1, idle: 1 });
    expect(stages?.tasks?.[0]?.work_item).toBe("shop");
  });

  it("count a message once, however often and wherever it is written", async () => {
    await expect.poll(totals, SOON).toMatchObject({
      ...{
        input_tokens: 17,
        output_tokens: 57,
        cache_read_tokens: 10,
        runs: 2,
        priced_runs: 0,
        cost_usd: null,
      },
    });
  });

  it("are read incrementally as they grow, by complete lines", async () => {
    const line = answer("two", "m3", 100, 1);
    appendFileSync(transcript("two"), line.slice(0, 40));
    await expect.poll(totals, SOON).toMatchObject({ input_tokens: 17 });
    appendFileSync(transcript("two"), line.slice(40));
    await expect.poll(totals, SOON).toMatchObject({ input_tokens: 117 });
  });

  it("are read again after they are truncated, replaced or removed", async () => {
    writeFileSync(transcript("three"), answer("three", "m4", 1000, 1) + answer("three", "m5", 2000, 1));
    await expect.poll(totals, SOON).toMatchObject({ input_tokens: 3117 });
    truncateSync(transcript("three"), answer("three", "m4", 1000, 1).length);
    await expect.poll(totals, SOON).toMatchObject({ input_tokens: 1117 });
    writeFileSync(`${transcript("three")}.new`, answer("three", "m6", 5000, 1));
    renameSync(`${transcript("three")}.new`, transcript("three"));
    await expect.poll(totals, SOON).toMatchObject({ input_tokens: 5117 });
    rmSync(transcript("three"));
    await expect.poll(totals, SOON).toMatchObject({ input_tokens: 117 });
  });

  it("may contain anything: invalid content has no row, and the rest is read", async () => {
    writeFileSync(join(sessions, "1.json"), "{ no JSON");
    writeFileSync(join(sessions, "2.json"), '{"pid": {"a": 1}, "sessionId": ["x"]}');
    writeFileSync(join(sessions, "3.json"), "null");
    mkdirSync(join(sessions, "4.json"));
    execFileSync("mkfifo", [join(sessions, "5.json"), transcript("fifo")]);
    execFileSync("ln", ["-s", "6.json", join(sessions, "6.json")]);
    const long = JSON.stringify({ sessionId: "one", text: "x".repeat(5_000_000) });
    const junk = ["", "[]", "{}", '{"message":{"id":7,"usage":{"input_tokens":"many"}}}', long, "\u0000"];
    writeFileSync(transcript("junk"), `${junk.join("\n")}\n${answer("one", "m7", 10_000, 1)}`);
    await eventually(
      "the line after the long one is read",
      async () => (await totals())?.input_tokens === 10_117,
    );
    expect((await running()).map(({ run_id }) => run_id).toSorted()).toEqual(["one", "two"]);
  });

  it("give the same figures after a restart, stay unchanged, and do not expose messages", async () => {
    const before = readFileSync(transcript("one"), "utf8");
    const { code, stdout } = await runProgram(["snapshot", "--profile", "claude-code"], {
      CLAUDE_CONFIG_DIR: folder,
      ORCH_DATABASE: folder,
    });
    expect(code).toBe(0);
    const { cost } = JSON.parse(stdout);
    expect(cost.totals).toMatchObject({ input_tokens: 10_117, output_tokens: 59 });
    expect(stdout + JSON.stringify(await service.metrics()) + service.log()).not.toContain("customer");
    expect(stdout).not.toContain("/home/dev/shop");
    expect(readFileSync(transcript("one"), "utf8")).toBe(before);
  });
});
