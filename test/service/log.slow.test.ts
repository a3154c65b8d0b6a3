/** The log as shown on a terminal, which `script` provides. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { WriteStream } from "node:tty";
import { stripVTControlCharacters } from "node:util";
import { fromJson } from "@bufbuild/protobuf";
import { pino } from "pino";
import { expect, it, vi } from "vitest";
import { GetMetricsResponseSchema } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { terminalLine } from "../../shared/log-line.ts";
import { logSectionChanges } from "../../src/commands/log-section-changes.ts";
import { percentOf } from "../../src/repositories/sql/history/table-history.ts";
import { createDatabase } from "../support/database.ts";
import { environment } from "../support/program.ts";
import { eventually, startProgram } from "../support/service.ts";

it("the service's terminal log shows the time, level, message and fields on one line", async () => {
  const args = "serve --database /nowhere/orchestrator.db --port 0";
  const shown = stripVTControlCharacters(await onTerminal("orch-metrics", args, "not ready"));
  expect(shown).toMatch(/^\d\d:\d\d:\d\d INFO {2}listening on http:\S+ instance="\S+" enabled=true\r$/m);
  expect(shown).toMatch(/^\d\d:\d\d:\d\d WARN {2}not ready: .* code="unavailable"\r$/m);
});

it("the watchdog's terminal log has the same format, names the page's address, and has no colour if NO_COLOR is set", async () => {
  const args = "--target main=http://127.0.0.1:9 --history none --port 0";
  const shown = await onTerminal("orch-watchdog", args, "watching", { NO_COLOR: "1" });
  expect(shown).toMatch(
    /^\d\d:\d\d:\d\d INFO {2}watching; the page is at http:\/\/127\.0\.0\.1:\d+ targets=\["main"\]\r$/m,
  );
});

it.each<[env: Record<string, string>, isColoured: boolean]>([
  [{ TERM: "xterm" }, true],
  // Node 22 treats an empty NO_COLOR as set.
  [{ TERM: "xterm", NO_COLOR: "" }, !process.version.startsWith("v22.")],
  [{ TERM: "xterm", NO_COLOR: "0" }, false],
  [{ TERM: "dumb" }, false],
  [{ TERM: "dumb", FORCE_COLOR: "1" }, true],
  [{ TERM: "xterm", FORCE_COLOR: "0" }, false],
])("the terminal log has colour with %j: %j", (env, isColoured) => {
  for (const name of ["TERM", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "CI", "TMUX"])
    vi.stubEnv(name, env[name] as string);
  try {
    const terminal = Object.assign(Object.create(WriteStream.prototype), { isTTY: true });
    const line = terminalLine('{"level":30,"time":"2026-01-31T12:00:00.000Z","msg":"ready"}', terminal);
    expect(line !== stripVTControlCharacters(line)).toBe(isColoured);
  } finally {
    vi.unstubAllEnvs();
  }
});

/** Runs a program on a terminal until it prints `words`, ends it with Ctrl-C, and returns its output. */
async function onTerminal(program: string, args: string, words: string, env = {}): Promise<string> {
  const path = new URL(`../../bin/${program}.js`, import.meta.url).pathname;
  const command = `${process.execPath} ${path} ${args}`;
  const script = spawn("script", ["--quiet", "--flush", "--command", command, "/dev/null"], {
    env: environment({ TERM: "xterm", ...env }),
  });
  let shown = "";
  script.stdout.on("data", (chunk) => (shown += chunk));
  const ended = once(script, "close");
  // On a signal of its own `script` would wait for two seconds, so send Ctrl-C.
  await eventually(`it says: ${words}`, () => shown.includes(words)).finally(() =>
    script.stdin.write("\u0003"),
  );
  await ended;
  return shown;
}

it("the terminal log shows an error's stack below the line, and escapes control characters", () => {
  const err = { stack: "Error: \u001b[2Jwiped\n    at here" };
  const line = terminalLine(
    JSON.stringify({
      level: 50,
      time: "2026-01-31T12:00:00.000Z",
      where: "\u009b1A",
      err,
      msg: "unexpected\n",
    }),
    process.stderr,
  );
  const [first, ...others] = stripVTControlCharacters(line).split("\n");
  expect(first).toMatch(/^\d\d:\d\d:\d\d ERROR unexpected\\x0a where="\\x9b1A"$/);
  expect(others).toEqual(["Error: \\x1b[2Jwiped", "    at here", ""]);
});

it("the log reports a history's progress once, and no failure, while the history is being read", () => {
  const lines: string[] = [];
  const see = logSectionChanges(pino({ level: "info" }, { write: (line: string) => void lines.push(line) }));
  const queue = (message?: string) =>
    see(
      fromJson(GetMetricsResponseSchema, {
        queue: message ? { error: { code: "unavailable", message } } : {},
      }),
    );
  for (const progress of [0, 0.001, 0.5, 0.9999, 1])
    queue(`the history of jobs is still being read: ${percentOf(progress)} % so far`);
  queue("the database is locked by its writer");
  queue();
  expect(lines.map((line) => JSON.parse(line)).map(({ level, msg }) => `${level} ${msg}`)).toEqual([
    "30 queue: the history of jobs is still being read: 1 % so far",
    "40 queue cannot be read: the database is locked by its writer",
    "30 queue can be read again",
  ]);
  expect([0, 0.001, 0.5, 0.9999, 1].map(percentOf)).toEqual([1, 1, 50, 99, 99]);
});

it("the log reports at startup which SELECT is slow because it scans a whole table, and ignores short tables", async () => {
  using database = createDatabase();
  database.connection.exec(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
     INSERT INTO jobs (kind, status, available_at, created_at)
     SELECT 'a kind of some length ' || i, 'done', '2026-01-31T12:00:00.000Z', '' FROM n`,
  );
  // A WHERE that takes long for each row, instead of many rows.
  const profile = join(database.directory, "slow.sql");
  writeFileSync(
    profile,
    `-- dialect: sqlite
-- name: queue_running
SELECT CAST(id AS TEXT) AS job_id, NULL AS task_id, kind, NULL AS started_at_ms, attempts, max_attempts
FROM jobs WHERE length(replace(kind || hex(zeroblob(2000)), '00', 'zero')) > 0 AND kind LIKE '%77'
-- name: epoch
SELECT 'jobs' AS name, coalesce(max(id), 0) AS highest_key FROM jobs
UNION ALL SELECT 'tasks', coalesce(max(id), 0) FROM tasks
`,
  );
  await using program = await startProgram(database.path, { args: ["--profile", profile] });
  await eventually("the log says so", () => program.log().includes("scans a whole table"));
  const warnings = program.log().match(/"msg":"[^"]*scans a whole table[^"]*"/g);
  expect(warnings).toEqual([
    expect.stringMatching(/"queue_running of the profile scans a whole table, and took \d+ ms for 20 rows"/),
  ]);
});
