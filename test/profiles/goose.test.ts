/** The goose profile: spending in sessions with and without a known price. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadProfile } from "../../src/profiles/shipped.ts";
import { PART_NAMES } from "../../src/repositories/sql/read-parts.ts";
import { openSqliteRepository } from "../../src/repositories/sqlite/open.ts";
import { createDatabase, type Row } from "../support/database.ts";

const SCHEMA = readFileSync(new URL("goose.schema.sql", import.meta.url), "utf8");

/** Returns a session's usage: input including the cache's share, output, cache reads, cache writes. */
function spent(input: number, output: number, cacheRead: number | null, cacheWrite: number | null): Row {
  return {
    accumulated_total_tokens: input + output,
    accumulated_input_tokens: input,
    accumulated_output_tokens: output,
    accumulated_cache_read_tokens: cacheRead,
    accumulated_cache_write_tokens: cacheWrite,
    // The last turn's tokens, which the sums already include.
    input_tokens: 7,
    output_tokens: 7,
  };
}

const OPUS = JSON.stringify({ model_name: "claude-opus", context_limit: 200_000, toolshim: false });
const anthropic = { provider_name: "anthropic", model_config_json: OPUS };

const SESSIONS: readonly Row[] = [
  { ...anthropic, ...spent(1000, 100, 600, 300), accumulated_cost: 0.25 },
  { ...anthropic, ...spent(500, 50, null, null), accumulated_cost: 0.5, session_type: "sub_agent" },
  { ...anthropic, ...spent(40, 4, 30, 0), archived_at: "2026-08-01 10:00:00" },
  // An older goose wrote this session and left the cache out of the input.
  { provider_name: "openai", model_config_json: '{"model_name":"gpt"}', ...spent(10, 1, 50, 0) },
  { provider_name: "ollama", model_config_json: "{no JSON" },
  { provider_name: "ollama", model_config_json: '{"context_limit":1}' },
  {},
];

const nothing = {
  costUsd: null,
  pricedRuns: 0,
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheCreationTokens: null,
};

describe("the goose profile", () => {
  it("reports what the sessions spent, with cache reads separate from the input", async () => {
    using database = createDatabase({ schema: SCHEMA });
    const row = { name: "the secret name", working_dir: "/secret" };
    for (const [index, session] of SESSIONS.entries())
      database.insert("sessions", { id: `20260801_${index}`, ...row, ...session });
    const profile = loadProfile("goose", "sqlite");
    const repository = openSqliteRepository({ databasePath: database.path, profile, deadlineSeconds: 30 });
    try {
      const { parts } = await repository.read(PART_NAMES);
      expect(parts.cost).toEqual({
        ok: true,
        value: {
          historyAsOfMs: expect.any(Number),
          byAgentModel: [
            {
              agent: "anthropic",
              model: "claude-opus",
              usage: {
                runs: 3,
                pricedRuns: 2,
                costUsd: 0.75,
                inputTokens: 100 + 500 + 10,
                outputTokens: 154,
                cacheReadTokens: 630,
                cacheCreationTokens: 300,
              },
            },
            { agent: "", model: null, usage: { ...nothing, runs: 1 } },
            { agent: "ollama", model: null, usage: { ...nothing, runs: 2 } },
            {
              agent: "openai",
              model: "gpt",
              usage: {
                ...nothing,
                runs: 1,
                inputTokens: 0,
                outputTokens: 1,
                cacheReadTokens: 50,
                cacheCreationTokens: 0,
              },
            },
          ],
        },
      });
      expect(JSON.stringify(parts)).not.toContain("secret");
      for (const name of PART_NAMES.filter((part) => part !== "cost"))
        expect(parts[name]).toMatchObject({ ok: false, failure: { code: "unimplemented" } });
      const examined = await repository.examine?.();
      expect(examined?.map(({ section, problems }) => [section, problems])).toEqual([["cost", []]]);
    } finally {
      await repository.close();
    }
  });
});
