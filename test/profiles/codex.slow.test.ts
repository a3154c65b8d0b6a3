/**
 * The profile for Codex, over rollouts in the format that the program writes. Its process keeps its rollout
 * open.
 */
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { startsChildren } from "../support/children.ts";
import { runProgram } from "../support/service.ts";

const start = startsChildren();

const at = (second: number) => `2026-11-27T10:00:${String(second).padStart(2, "0")}.000Z`;
const line = (second: number, type: string, payload: object) =>
  `${JSON.stringify({ timestamp: at(second), type, payload })}\n`;

/** Returns a thread whose turn has started. `spent` is the usage of its model calls so far. */
function thread(id: string, cwd: string, spent?: { input: number; cached: number; output: number }): string {
  const usage = spent && {
    input_tokens: spent.input,
    cached_input_tokens: spent.cached,
    output_tokens: spent.output,
  };
  const info = usage ? { total_token_usage: usage, last_token_usage: { total_tokens: 700 } } : null;
  return [
    line(0, "session_meta", { id, session_id: id, cwd, originator: "codex_exec" }),
    line(1, "event_msg", { type: "task_started", turn_id: "t", model_context_window: 258_400 }),
    line(2, "turn_context", { turn_id: "t", cwd, model: "gpt-x" }),
    line(3, "response_item", { type: "message", id: "m", role: "user", content: [{ text: "say hello" }] }),
    line(50, "event_msg", { type: "token_count", info }),
  ].join("");
}

it("the Codex profile shows a working thread with its process, tokens and last step, and a finished one as idle", async () => {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-codex-"));
  try {
    const sessions = join(folder, "sessions", "2026", "11", "27");
    mkdirSync(sessions, { recursive: true });
    const rollout = (id: string) => join(sessions, `rollout-2026-11-27T10-00-00-${id}.jsonl`);
    const spent = { input: 1000, cached: 400, output: 50 };
    writeFileSync(rollout("busy"), thread("busy", "/home/dev/shop", spent));
    writeFileSync(
      rollout("done"),
      thread("done", "/home/dev/site") + line(55, "event_msg", { type: "task_complete" }),
    );
    const open = openSync(rollout("busy"), "a");
    const agent = start("sleep", ["60"], { argv0: "codex", stdio: ["ignore", "ignore", "ignore", open] });
    closeSync(open);
    const { stdout } = await runProgram(["snapshot", "--profile", "codex"], { CODEX_HOME: folder });
    const { stages, agents, cost } = JSON.parse(stdout) as GetMetricsResponseJson;
    expect(stages?.counts).toEqual({ busy: 1, idle: 1 });
    expect(stages?.tasks?.map(({ work_item }) => work_item).toSorted()).toEqual(["shop", "site"]);
    expect(agents?.running).toHaveLength(1);
    expect(agents?.running?.[0]).toMatchObject({
      ...{ run_id: "busy", agent: "codex", model: "gpt-x", pid: agent.pid, presence: "running" },
      ...{ started_at: "2026-11-27T10:00:01Z", progress_at: "2026-11-27T10:00:03Z" },
      ...{ context_tokens: 700, context_window_tokens: 258_400 },
      usage: { input_tokens: 600, output_tokens: 50, cache_read_tokens: 400, cost_usd: null },
    });
    expect(cost?.totals).toMatchObject({ runs: 2, input_tokens: 600, output_tokens: 50, cost_usd: null });
    expect(stdout).not.toContain(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
