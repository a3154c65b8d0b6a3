/**
 * Shared by the tests of `orch-metrics profiles test`: a small test that passes, and the command over a
 * folder.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../support/service.ts";

export const PROFILE = `-- dialect: sqlite
-- name: queue_counts
SELECT status, status AS native_status, count(*) AS jobs FROM work GROUP BY status
-- name: cost
SELECT agent, NULL AS model, count(*) AS runs, count(usd) AS priced_runs, sum(usd) AS cost_usd, NULL AS input_tokens,
  NULL AS output_tokens, NULL AS cache_read_tokens, NULL AS cache_creation_tokens
FROM runs GROUP BY agent
`;

export const DUMP = `CREATE TABLE work (id INTEGER PRIMARY KEY, status TEXT);
CREATE TABLE runs (agent TEXT, usd DOUBLE PRECISION);
INSERT INTO work VALUES (1, 'queued'), (2, 'queued'), (3, 'failed');
INSERT INTO runs VALUES ('coder', 0.1), ('coder', 0.2), ('tester', NULL);
`;

export const EXPECTED = {
  queue: { counts: { queued: 2, failed: 1, running: 0 } },
  cost: {
    by_agent_model: [
      { agent: "coder", usage: { runs: 2, priced_runs: 2, cost_usd: 0.3 } },
      { agent: "tester", usage: { runs: 1, priced_runs: 0, cost_usd: null } },
    ],
  },
};

/** Runs the command over a folder with these files, which are texts or JSON. */
export async function run(files: Readonly<Record<string, unknown>>, ...flags: readonly string[]) {
  const [folder, own] = ["folder", "own"].map((use) =>
    mkdtempSync(join(tmpdir(), `orch-metrics-${use}-`)),
  ) as [string, string];
  try {
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
    const { code, stdout, stderr } = await runProgram(["profiles", "test", folder, ...flags], {
      TMPDIR: own,
    });
    const lines = stdout.trimEnd().split("\n");
    return { code, lines, stderr: stderr.replaceAll(folder, "FOLDER"), leftBehind: readdirSync(own) };
  } finally {
    for (const path of [folder, own]) rmSync(path, { recursive: true });
  }
}

export const files = (
  name: string,
  { dump = DUMP, profile = PROFILE, expected = EXPECTED as unknown } = {},
) => ({
  [`${name}.dump.sql`]: dump,
  [`${name}.profile.sql`]: profile,
  [`${name}.expected.json`]: expected,
});
