/** The service over the suite's database, with full or reduced read access. */
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TestDatabase } from "../support/database.ts";
import { throughNobody } from "../support/other-user.ts";
import { type RunningProgram, startProgram } from "../support/service.ts";

const WITHHOLD = new URL("./withhold.mjs", import.meta.url).href;

export interface Service {
  /** A file in /proc/PID that it cannot read, such as `syscall`, as under Yama's ptrace_scope 1. */
  readonly withhold?: string | undefined;
  /** Runs as nobody. Requires root. */
  readonly isOtherUser?: boolean | undefined;
}

export async function startService(
  database: TestDatabase,
  { withhold, isOtherUser = false }: Service,
): Promise<RunningProgram> {
  const nodeFlags = withhold === undefined ? [] : ["--import", WITHHOLD];
  const env = withhold === undefined ? {} : { WITHHOLD: withhold };
  if (!isOtherUser) return startProgram(database.path, { nodeFlags, env });
  // Readable by all and writable by none, so that it can read what the orchestrator's user has open.
  chmodSync(database.directory, 0o755);
  for (const file of readdirSync(database.directory)) {
    if (file.startsWith("orchestrator.db")) chmodSync(join(database.directory, file), 0o644);
  }
  const nobody = throughNobody();
  const program = await startProgram(database.path, { ...nobody, nodeFlags, env });
  return {
    ...program,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      nobody[Symbol.dispose]();
    },
  };
}
