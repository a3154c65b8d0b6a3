/** If the destination of the log or the output is full, closed or unread, the service still responds. */
import { closeSync, openSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { expectOutputIsMissed, runInShell } from "./output.ts";
import { startUnheard } from "./unread-log.ts";

/** Each request for it logs a long line. */
const LONG_PATH = `/${"x".repeat(15_000)}`;

let database: TestDatabase;
beforeAll(() => {
  database = createDatabase();
});
afterAll(() => database[Symbol.dispose]());

describe("the log", () => {
  it("may go to a full disk", async () => {
    const full = openSync("/dev/full", "w");
    await using service = startUnheard(database.path, full);
    closeSync(full);
    await service.untilHealthy();
    for (let call = 0; call < 20; call += 1) expect(await service.ask()).toBe(200);
    expect(service.child.exitCode).toBeNull();
  });

  it("may go to a closed pipe", async () => {
    await using service = startUnheard(database.path, "pipe");
    await service.untilHealthy();
    service.child.stderr?.destroy();
    for (let call = 0; call < 20; call += 1) expect(await service.ask()).toBe(200);
    expect(service.child.exitCode).toBeNull();
  });

  it("may go to a pipe that is no longer read, and the service still stops", async () => {
    await using service = startUnheard(database.path, "pipe");
    service.child.stderr?.pause();
    await service.untilHealthy();
    // More than three mebibytes of lines: the pipe holds 64 KiB, and the service buffers at most one
    // mebibyte.
    for (let call = 0; call < 250; call += 1) expect(await service.ask(LONG_PATH)).toBe(404);
    expect(await service.ask()).toBe(200);
    // The thread that waits for the pipe cannot end, so the service kills itself.
    await service.stop();
    expect(service.child.signalCode).toBe("SIGKILL");
  });
});

describe("a command's output", () => {
  it("that cannot be written gives one line and exit code 1", () => {
    for (const command of ["check", "snapshot"] as const) expectOutputIsMissed(command, database.path);
  });

  it("may be cut short by its reader without an error", () => {
    const { stdout, stderr } = runInShell('"$0" "$1" check --database "$2" | head -n 1', database.path);
    expect(stdout).toMatch(/^ok +stages/);
    expect(stderr).toBe("");
  });
});
