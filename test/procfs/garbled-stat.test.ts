/** A process table whose files are not as kernels write them, read through the service. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDatabase, run } from "../support/database.ts";
import { startProgram, untilSound } from "../support/service.ts";

const FIELDS =
  "S 1 4242 4242 0 -1 4194304 100 0 0 0 11 7 3 2 20 0 1 0 933913 76578816 900 18446744073709551615 1 1 0";

describe("an agent whose `stat`", () => {
  const cases = [
    ["has words for counts", `4242 (agent) ${FIELDS.replace("11 7", "eleven seven")}`],
    ["has a word for when it started", `4242 (agent) ${FIELDS.replace("933913", "NaN")}`],
    ["has neither a pid nor a name", FIELDS],
    ["is cut off", "4242 (agent) S 1"],
    ["is empty", ""],
  ] as const;

  it.each(cases)("%s is unknown without figures, and the others are told", async (_, stat) => {
    using database = createDatabase();
    const root = join(database.directory, "proc");
    const processes = { self: readFileSync("/proc/self/stat"), 4242: stat, 4243: `4243 (agent) ${FIELDS}` };
    for (const [name, text] of Object.entries(processes)) {
      mkdirSync(join(root, name), { recursive: true });
      writeFileSync(join(root, name, "stat"), `${text}\n`);
    }
    database.insert("agent_runs", run(1, { pid: 4242 }), run(2, { pid: 4243 }));
    await using program = await startProgram(database.path, { args: ["--proc-root", root] });
    const { agents } = await untilSound(program);
    const garbled = agents?.running?.find(({ pid }) => pid === 4242);
    expect(garbled).toMatchObject({ presence: "unknown", process: null });
    const sound = agents?.running?.find(({ pid }) => pid === 4243);
    expect(sound).toMatchObject({ presence: "running", process: { state: "S", user_ticks: 11 } });
    const rpc = "/orchestrator.metrics.v1.MetricsService/GetMetrics?encoding=proto&message=&connect=v1";
    expect((await program.get(rpc)).status).toBe(200);
    expect(program.log()).not.toContain('"level":50');
  });
});
