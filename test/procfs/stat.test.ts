/** `/proc/<pid>/stat` as kernels write it. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseStat } from "../../src/procfs/stat.ts";

const FIELDS =
  "S 13730 4 5 0 -1 4194304 100 0 0 0 11 7 3 2 20 0 5 0 933913 76578816 900 18446744073709551615 1 1 0";

describe("parseStat", () => {
  for (const name of ["node", "a) S 1 (b", "(sd-pam)", "two words", ") R 9 9"]) {
    it(`counts the fields from the last parenthesis, for a process named ${JSON.stringify(name)}`, () => {
      expect(parseStat(`13737 (${name}) ${FIELDS}\n`)).toEqual({
        state: "S",
        name,
        parentPid: 13730,
        processGroup: 4,
        hasTerminal: false,
        foregroundGroup: 0,
        isKernelThread: false,
        userTicks: 11,
        systemTicks: 7,
        reapedChildrenTicks: 5,
        threads: 5,
        startTicks: 933913,
        residentPages: 900,
      });
    });
  }

  it("reads this process", () => {
    const stat = parseStat(readFileSync("/proc/self/stat", "latin1"));
    expect(stat.parentPid).toBe(process.ppid);
    expect(stat.threads).toBeGreaterThan(1);
    expect(stat.residentPages).toBeGreaterThan(1000);
  });

  for (const [what, line] of [
    ["a word instead of a count", FIELDS.replace("933913", "many")],
    ["an infinite number", FIELDS.replace("933913", "1e309")],
    ["a negative number", FIELDS.replace("11 7", "-1 7")],
    ["more threads than a kernel has", FIELDS.replace(" 5 0 933913", " 4294967296 0 933913")],
    ["an invalid state", FIELDS.replace("S", "?")],
  ]) {
    it(`rejects a line with ${what}, which no envelope could hold`, () => {
      expect(() => parseStat(`13737 (node) ${line}\n`)).toThrow(RangeError);
    });
  }

  it("rejects a truncated line", () => {
    expect(() => parseStat("13737 (node) S 13730 4")).toThrow(RangeError);
  });
});
