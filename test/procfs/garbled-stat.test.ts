/** A process table with files in an unexpected format, read through the service. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, run, type TestDatabase } from "../support/database.ts";
import { type RunningProgram, startProgram, untilOk } from "../support/service.ts";

const FIELDS =
  "S 1 4242 4242 0 -1 4194304 100 0 0 0 11 7 3 2 20 0 1 0 933913 76578816 900 18446744073709551615 1 1 0";

const OK = 4300;

describe("an agent whose `stat`", () => {
  const cases = [
    ["has words instead of counts", 4242, `4242 (agent) ${FIELDS.replace("11 7", "eleven seven")}`],
    ["has a word instead of the start time", 4243, `4243 (agent) ${FIELDS.replace("933913", "NaN")}`],
    ["has neither a pid nor a name", 4244, FIELDS],
    ["is truncated", 4245, "4245 (agent) S 1"],
    ["is empty", 4246, ""],
  ] as const;

  let database: TestDatabase;
  let program: RunningProgram;
  beforeAll(async () => {
    database = createDatabase();
    const root = join(database.directory, "proc");
    const processes: [pid: number | "self", stat: string | Buffer][] = [
      ["self", readFileSync("/proc/self/stat")],
      [OK, `${OK} (agent) ${FIELDS}`],
      ...cases.map(([, pid, stat]): [number, string] => [pid, stat]),
    ];
    for (const [name, text] of processes) {
      const folder = join(root, String(name));
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "stat"), `${text}\n`);
    }
    const pids = [OK, ...cases.map(([, pid]) => pid)];
    database.insert("agent_runs", ...pids.map((pid, index) => run(index + 1, { pid })));
    program = await startProgram(database.path, { args: ["--proc-root", root] });
  });
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]();
    database[Symbol.dispose]();
  });

  it.each(cases)(
    "%s has unknown presence without figures, and the other agents are unaffected",
    async (_, pid) => {
      const { agents } = await untilOk(program);
      const garbled = agents?.running?.find((agent) => agent.pid === pid);
      expect(garbled).toMatchObject({ presence: "unknown", process: null });
      const sound = agents?.running?.find((agent) => agent.pid === OK);
      expect(sound).toMatchObject({ presence: "running", process: { state: "S", user_ticks: 11 } });
      const rpc = "/orchestrator.metrics.v1.MetricsService/GetMetrics?encoding=proto&message=&connect=v1";
      expect((await program.get(rpc)).status).toBe(200);
      expect(program.log()).not.toContain('"level":50');
    },
  );
});
