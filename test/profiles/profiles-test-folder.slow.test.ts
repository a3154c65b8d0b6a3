/** `orch-metrics profiles test` over folders with a few dumps each. */
import { describe, expect, it } from "vitest";
import { runProgram } from "../support/service.ts";
import { DUMP, files, PROFILE, run } from "./test-folder.ts";

describe("profiles test", () => {
  it("passes a test with the expected figures, and names the differing figures of others", async () => {
    const wrong = {
      queue: { counts: { queued: 3, waiting: 1 }, running: { items: [] } },
      cost: { by_agent_model: [{ agent: "coder", usage: { cost_usd: 0.31 } }] },
    };
    const { code, lines, leftBehind } = await run({
      ...files("right"),
      ...files("wrong", { expected: wrong }),
      ...files("faulty", { profile: PROFILE.replace("count(*) AS jobs", "count(*) AS job") }),
      ...files("absent", { dump: DUMP.replaceAll("runs", "trials") }),
    });
    expect({ code, lines, leftBehind }).toEqual({
      code: 1,
      leftBehind: [],
      lines: [
        "FAILED  absent",
        "        profile absent.profile, line 4, section cost: the database has no table runs",
        "        cost.by_agent_model: expected a list of 2, found a list of 0",
        "FAILED  faulty",
        expect.stringContaining('section queue_counts: missing column "jobs"'),
        expect.stringContaining('section queue_counts: unexpected column "job"'),
        "        queue.counts.queued: expected 2, found nothing",
        "        queue.counts.failed: expected 1, found nothing",
        "        queue.counts.running: expected 0, found nothing",
        "ok      right",
        "FAILED  wrong",
        "        queue.counts.queued: expected 3, found 2",
        "        queue.counts.waiting: expected 1, found nothing",
        "        cost.by_agent_model: expected a list of 1, found a list of 2",
        "1 passed, 3 failed",
      ],
    });
  });

  it("reports an invalid file, and runs the other tests", async () => {
    const { code, lines } = await run({
      ...files("broken", { dump: "CREATE TABLE work (id INTEGER);\nCREAT TABLE runs;" }),
      ...files("no-json", { expected: "{queue" }),
      ...files("no-section", { expected: { jobs: 3 } }),
      ...files("other", { profile: PROFILE.replace("sqlite", "postgresql") }),
      "unexpected.dump.sql": DUMP,
      "unexpected.profile.sql": PROFILE,
      "unshipped.dump.sql": DUMP,
      ...files("valid"),
    });
    expect({ code, lines }).toEqual({
      code: 1,
      lines: [
        "FAILED  broken",
        '        cannot load the dump: near "CREAT": syntax error',
        "FAILED  no-json",
        expect.stringContaining("no-json.expected.json is not valid JSON: "),
        "FAILED  no-section",
        "        jobs: expected 3, found nothing",
        "FAILED  other",
        expect.stringContaining("no PostgreSQL server: set --database postgres://"),
        "FAILED  unexpected",
        expect.stringContaining("no unexpected.expected.json: create it"),
        "FAILED  unshipped",
        "        no unshipped.profile.sql, and no shipped profile of that name",
        "ok      valid",
        "1 passed, 6 failed",
      ],
    });
  });

  it("rejects a folder without tests", async () => {
    for (const [files, message] of [
      [{ "notes.txt": "" }, 'the folder "FOLDER" has no files NAME.dump.sql'],
      [{ "mine.profile.sql": PROFILE }, '"mine.profile.sql" has no matching mine.dump.sql in the folder'],
    ] as const)
      expect(await run(files)).toMatchObject({ code: 1, stderr: `orch-metrics: ${message}\n` });
    expect(await runProgram(["profiles", "test"])).toMatchObject({ code: 2, stdout: "" });
    expect((await runProgram(["profiles", "test", "/nowhere"])).stderr).toContain(
      'cannot read the folder "/nowhere" (ENOENT)',
    );
  });
});
