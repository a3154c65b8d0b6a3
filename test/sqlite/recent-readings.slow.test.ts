/** A reading is told again without asking the thread that reads; never once something was committed. */
import { mkdtempSync, openSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { Snapshot } from "../../src/repositories/repository.ts";
import { locate } from "../../src/repositories/sqlite/location.ts";
import { openSqliteRepository } from "../../src/repositories/sqlite/open.ts";
import { descriptorOf } from "../../src/repositories/sqlite/open-descriptor.ts";
import { RecentReadings } from "../../src/repositories/sqlite/recent-readings.ts";
import { look } from "../../src/repositories/sqlite/seen.ts";
import { INSERT_TASK, startOrchestrator } from "../support/orchestrator.ts";

const STAGES: Snapshot = {
  sourceEpoch: "e",
  parts: { stages: { ok: true, value: { tasks: [], counts: [] } } },
};
const NOW = 1_000_000;

const seenAt = (path: string) => look(locate(path), descriptorOf(`${path}-shm`));

/** An orchestrator at work, and what a reader of it has just noted. */
async function startNoted() {
  const orchestrator = await startOrchestrator();
  const { path } = orchestrator;
  const connection = new Database(path, { readonly: true });
  connection.prepare("SELECT COUNT(*) FROM tasks").get();
  const recent = new RecentReadings(path);
  recent.note(STAGES, seenAt(path), NOW);
  return {
    orchestrator,
    connection,
    recent,
    async [Symbol.asyncDispose]() {
      connection.close();
      await orchestrator[Symbol.asyncDispose]();
    },
  };
}

const cost = (historyAsOfMs: number): Snapshot => ({
  sourceEpoch: "e",
  parts: { cost: { ok: true, value: { byAgentModel: [], historyAsOfMs } } },
});

describe("what was read a moment ago", () => {
  it("has its history as of now where it was all verified then, and as before where it was not", async () => {
    await using noted = await startNoted();
    const { recent } = noted;
    const seen = seenAt(noted.orchestrator.path);
    recent.note(cost(NOW), seen, NOW);
    expect(recent.recall(["cost"], NOW + 5)).toEqual(cost(NOW + 5));
    recent.note(cost(NOW - 7), seen, NOW);
    expect(recent.recall(["cost"], NOW + 5)).toEqual(cost(NOW - 7));
    // The stages are of an earlier reading: their time is not prolonged.
    expect(recent.recall(["stages"], NOW)).toBeUndefined();
  });

  it("is told again while nothing is committed", async () => {
    await using noted = await startNoted();
    expect(noted.recent.recall(["stages"], NOW + 5)).toEqual(STAGES);
  });

  it("is asked for anew after a commit, for what was not read, for an earlier time, and after a second", async () => {
    await using noted = await startNoted();
    const { recent, orchestrator } = noted;
    expect(recent.recall(["stages", "agents"], NOW)).toBeUndefined();
    expect(recent.recall(["stages"], NOW - 1)).toBeUndefined();
    await orchestrator.exec(INSERT_TASK);
    expect(recent.recall(["stages"], NOW)).toBeUndefined();
    recent.note(STAGES, seenAt(orchestrator.path), NOW);
    expect(recent.recall(["stages"], NOW)).toEqual(STAGES);
    await sleep(1_100);
    expect(recent.recall(["stages"], NOW)).toBeUndefined();
  });

  it("is asked for anew once the connection is closed, or the database gone", async () => {
    await using noted = await startNoted();
    noted.connection.close();
    expect(noted.recent.recall(["stages"], NOW)).toBeUndefined();
    await using other = await startNoted();
    renameSync(other.orchestrator.path, `${other.orchestrator.path}-away`);
    expect(other.recent.recall(["stages"], NOW)).toBeUndefined();
  });
});

it("the two copies of a header that differ show a commit that is being made", () => {
  const directory = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  const path = join(directory, "o.db");
  for (const name of [path, `${path}-wal`]) writeFileSync(name, "");
  const index = Buffer.alloc(136);
  const seen = () => {
    writeFileSync(`${path}-shm`, index);
    return look(locate(path), openSync(`${path}-shm`, "r"));
  };
  try {
    expect(seen()).toBeDefined();
    index[8] = 1;
    expect(seen()).toBeUndefined();
    index[56] = 1;
    expect(seen()).toBeDefined();
  } finally {
    rmSync(directory, { recursive: true });
  }
});

describe("a reading of the repository", () => {
  it("has every commit that came before it, at whatever rate it is asked, also of a stopped and of another file", async () => {
    await using orchestrator = await startOrchestrator();
    const { path } = orchestrator;
    const link = `${path}-link`;
    symlinkSync(path, link);
    const repository = openSqliteRepository({ databasePath: link });
    const tasks = async () => {
      const { stages } = (await repository.read(["stages"])).parts;
      return stages?.ok ? stages.value.tasks.length : stages?.fault;
    };
    try {
      for (let count = 1; count <= 200; count += 1) {
        await orchestrator.exec(INSERT_TASK);
        for (let times = 0; times < 3; times += 1) expect(await tasks()).toBe(count);
      }
      await orchestrator.exec(`VACUUM INTO '${path}-other'`);
      await orchestrator.stop();
      for (let times = 0; times < 3; times += 1) expect(await tasks()).toBe(200);
      const other = new Database(`${path}-other`);
      other.exec("DELETE FROM tasks WHERE id > 50");
      other.close();
      symlinkSync(`${path}-other`, `${link}-new`);
      renameSync(`${link}-new`, link);
      for (let times = 0; times < 3; times += 1) expect(await tasks()).toBe(50);
    } finally {
      await repository.close();
    }
  });
});
