/** What the service reads of a run's log file: its size, its time, and how many of its last lines differ. */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { LogFileReading } from "../../src/metrics/agents.ts";
import { logFileReader } from "../../src/metrics/log-files.ts";
import { timestamp } from "../../src/metrics/section.ts";

const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function file(text: string): string {
  const path = join(folder, String(++count));
  writeFileSync(path, text);
  return path;
}

/**
 * Reads twice. The first reading of a folder uses the path for files that may hang, the second is immediate.
 */
async function readings(path: string, readContent = true): Promise<readonly (LogFileReading | null)[]> {
  const read = logFileReader({ readContent });
  const first = await read(path);
  await new Promise((resolve) => setImmediate(resolve));
  return [first, await read(path)];
}

const lines = (text: string) => `${text.trim().split("\n").join("\n")}\n`;

describe("the last lines of a log", () => {
  it.each([
    ["that are identical", "waiting\n".repeat(5), 5, 1],
    [
      "that differ in times",
      "2026-11-26T21:00:01Z retry\n2026-11-26T21:00:02.5Z retry\n[21:00:03] retry\n",
      3,
      2,
    ],
    ["that differ in durations", "still running, 30 s\nstill running, 60 s\nstill running, 1.5min\n", 3, 1],
    ["that differ in an attempt count", "Reconnecting... 1/100\nReconnecting... 2/100\n", 2, 1],
    ["that differ in an attempt number", "attempt 3 failed\nattempt 4 failed\nRetry #5\nRetry #6\n", 4, 2],
    [
      "that differ in an identifier",
      "error req_0123456789abcdef\nerror req_fedcba9876543210\nerror req_011CVwXyZ12345678\n",
      3,
      1,
    ],
    ["that differ in colours", "\u001b[31mfailed\u001b[0m\nfailed\n", 2, 1],
    ["that a spinner redraws on one line", "\r- wait (1s)\r| wait (2s)\r- wait (3s)\n", 3, 2],
    ["that count steps", "step 40\nstep 41\nstep 42\n", 3, 3],
    ["that name files", "[1/9] Compiling a.c\n[2/9] Compiling b.c\n", 2, 2],
    ["without a line end", "step 1\nste", 1, 1],
    ["that are empty", "\n\n  \n", 0, 0],
  ])("are counted if they are lines %s", async (_, text, recentLines, recentDistinctLines) => {
    for (const reading of await readings(file(text)))
      expect(reading).toMatchObject({ sizeBytes: Buffer.byteLength(text), recentLines, recentDistinctLines });
  });

  it("are those in the last 4 KiB, without the one that is cut", async () => {
    const path = file(`${"first\n".repeat(10_000)}${"x".repeat(3_000)}\n${lines("a\nb\na")}`);
    for (const reading of await readings(path)) {
      expect(reading?.recentDistinctLines).toBe(4);
      expect(reading?.recentLines).toBeGreaterThan(100);
      expect(reading?.recentLines).toBeLessThan(200);
    }
    for (const reading of await readings(file("x".repeat(100_000))))
      expect(reading).toMatchObject({ recentLines: 0, recentDistinctLines: 0 });
  });

  it("are counted again after a write", async () => {
    const path = file("one\n");
    const read = logFileReader({ readContent: true });
    await read(path);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await read(path)).toMatchObject({ recentLines: 1 });
    appendFileSync(path, "two\n");
    expect(await read(path)).toMatchObject({ recentLines: 2, recentDistinctLines: 2 });
    writeFileSync(path, "three\nthree\n1\n");
    utimesSync(path, 1, 2);
    expect(await read(path)).toMatchObject({ recentLines: 3, recentDistinctLines: 2 });
  });

  it("are not read if the operator disables it, but the file's size still is", async () => {
    for (const reading of await readings(file("one\n"), false))
      expect(reading).toMatchObject({ sizeBytes: 4, recentLines: null, recentDistinctLines: null });
  });

  it("are read through a link, and only from a regular file", async () => {
    const link = join(folder, "link");
    symlinkSync(file("one\n"), link);
    for (const reading of await readings(link)) expect(reading).toMatchObject({ recentLines: 1 });
    const fifo = join(folder, "fifo");
    spawnSync("mkfifo", [fifo]);
    for (const path of [fifo, folder, "/dev/zero", join(folder, "missing")])
      expect(await readings(path)).toEqual([null, null]);
  });
});

describe("the time of a log", () => {
  it("is left out if the answer cannot hold it, as on a file system with 64 bits for it", () => {
    const whole = (ms: number) => timestamp(ms)?.seconds;
    expect([-62_135_596_800_000, 253_402_300_799_999].map(whole)).toEqual([
      -62_135_596_800n,
      253_402_300_799n,
    ]);
    const known = [-62_135_596_801_000, 253_402_300_800_000, 9e18, Number.NaN].filter((ms) => timestamp(ms));
    expect(known).toEqual([]);
  });
});
