/** The comparison of the contract with the last release fails on changes that break a reader. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = new URL("../..", import.meta.url).pathname;
const FILE = "orchestrator/metrics/v1/metrics.proto";

/** Compares the contract after this edit. */
function check(edit: (text: string) => string): { status: number | null; said: string } {
  const directory = mkdtempSync(join(tmpdir(), "orch-metrics-contract-"));
  try {
    cpSync(join(ROOT, "proto"), join(directory, "proto"), { recursive: true });
    const [, rules] = readFileSync(join(ROOT, "buf.yaml"), "utf8").split(/^(?=breaking:)/m);
    writeFileSync(join(directory, "buf.yaml"), `version: v2\nmodules:\n  - path: proto\n${rules}`);
    const path = join(directory, "proto", FILE);
    const before = readFileSync(path, "utf8");
    const after = edit(before);
    expect(after === before).toBe(edit === unchanged);
    writeFileSync(path, after);
    const against = join(ROOT, "proto/released.binpb");
    const buf = join(ROOT, "node_modules/.bin/buf");
    const { status, stdout } = spawnSync(buf, ["breaking", "proto", "--against", against], {
      cwd: directory,
      encoding: "utf8",
    });
    return { status, said: stdout };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const unchanged = (text: string) => text;

describe("the current contract", () => {
  it("breaks no reader", () => {
    expect(check(unchanged)).toEqual({ status: 0, said: "" });
  });
});

describe("the check fails on", () => {
  const edits: [string, (text: string) => string, RegExp][] = [
    [
      "a removed field",
      (text) => text.replace(/^ {2}string work_item = .*\n/m, ""),
      /field "2" with name "work_item".* was deleted/,
    ],
    [
      "a changed type",
      (text) => text.replace("int32 tasks_omitted", "string tasks_omitted"),
      /"tasks_omitted".* changed type from "int32" to "string"/,
    ],
    [
      "a list that becomes a single value",
      (text) => text.replace("repeated TaskStage tasks", "TaskStage tasks"),
      /"tasks".* changed cardinality from "repeated"/,
    ],
    [
      "a renamed JSON name",
      (text) => text.replace('json_name = "stage_seconds"', 'json_name = "stageSeconds"'),
      /"stage_seconds".* changed option "json_name" from "stage_seconds" to "stageSeconds"/,
    ],
  ];
  for (const [what, edit, message] of edits) {
    it(what, () => {
      const { status, said } = check(edit);
      expect(status).not.toBe(0);
      expect(said).toMatch(message);
    });
  }
});
