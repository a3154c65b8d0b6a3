/** Commands whose standard output is neither a file nor a terminal. */
import { spawnSync } from "node:child_process";
import { expect } from "vitest";

const PROGRAM = new URL("../../bin/orch-metrics.js", import.meta.url).pathname;

/** Runs a shell command in which "$0" "$1" is the program, and "$2" the database. */
export function runInShell(command: string, database: string) {
  return spawnSync("sh", ["-c", command, process.execPath, PROGRAM, database], { encoding: "utf8" });
}

/** Expects that the command reports a full disk. */
export function expectOutputIsMissed(command: "check" | "snapshot", database: string): void {
  const { status, stderr } = runInShell(`"$0" "$1" ${command} --database "$2" > /dev/full`, database);
  expect(status).toBe(1);
  expect(stderr).toBe("orch-metrics: cannot write the output (ENOSPC)\n");
}
