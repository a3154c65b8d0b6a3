/** An orchestrator's database in its own folder, written by another process. */
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SCHEMA } from "./database.ts";
import type { WriterCommand } from "./orchestrator-process.ts";

export interface TestOrchestrator extends AsyncDisposable {
  readonly directory: string;
  readonly path: string;
  exec(sql: string): Promise<void>;
  /** Commits as fast as possible. */
  flood(sql: string): Promise<void>;
  /** Returns the number of commits. */
  stopFlood(): Promise<number>;
  /** Stops cleanly. */
  stop(): Promise<void>;
  kill(): Promise<void>;
  /**
   * Returns the names and SHA-256 of every file except the -shm, which is shared memory. Another process
   * reads them.
   */
  fingerprint(): string;
  files(): string[];
}

export async function startOrchestrator({
  journal = "wal",
  schema = SCHEMA,
  directory = mkdtempSync(join(tmpdir(), "orch-metrics-test-")),
}: {
  journal?: "wal" | "delete";
  schema?: string;
  directory?: string;
} = {}): Promise<TestOrchestrator> {
  const path = join(directory, "orchestrator.db");
  const child = fork(new URL("./orchestrator-process.ts", import.meta.url));
  const tell = async (command: WriterCommand): Promise<unknown> => {
    child.send(command);
    const [answer] = (await once(child, "message")) as [{ value?: unknown; error?: string }];
    if (answer.error) throw new Error(answer.error);
    return answer.value;
  };
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  await tell({ do: "open", path, journal });
  await tell({ do: "exec", sql: schema });
  return {
    directory,
    path,
    exec: async (sql) => void (await tell({ do: "exec", sql })),
    flood: async (sql) => void (await tell({ do: "flood", sql })),
    stopFlood: async () => (await tell({ do: "stopFlood" })) as number,
    async stop() {
      await tell({ do: "close" });
      await end();
    },
    kill: end,
    fingerprint: () =>
      spawnSync("sh", ["-c", "sha256sum $(ls | grep -v shm)"], { cwd: directory, encoding: "utf8" }).stdout,
    files: () => readdirSync(directory).sort(),
    async [Symbol.asyncDispose]() {
      await end();
      // FUSE keeps a file that a process still has open, under a hidden name.
      rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

export const INSERT_TASK = `INSERT INTO tasks (work_item, stage, stage_entered_at, created_at, updated_at)
  VALUES ('ORCH-001', 'review', '2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00.000Z')`;
