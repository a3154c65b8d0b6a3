/** The demo's orchestrator: it owns the database, steps the pipeline, and runs the agents. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { OperatorError } from "../shared/operator-error.ts";
import { startAgents } from "./agents.ts";
import { stepGuards } from "./guards.ts";
import type { Message } from "./orchestrator.ts";
import { stepPipeline } from "./pipeline.ts";
import { openPostgresqlDatabase } from "./postgresql-database.ts";
import { seedHistory } from "./seed.ts";
import { openSqliteDatabase } from "./sqlite-database.ts";

const [directory = "", tickMilliseconds = "250", address = "", schema = ""] = process.argv.slice(2);

const stopping = new AbortController();
const { signal } = stopping;
// What a terminal sends reaches the whole group; the parent says when to stop, by letting go of the channel.
for (const name of ["SIGINT", "SIGHUP", "SIGQUIT"] as const) process.on(name, () => {});
process.once("SIGTERM", () => stopping.abort());
process.once("disconnect", () => stopping.abort());
if (!process.connected) stopping.abort();

async function work(): Promise<void> {
  const logs = join(directory, "logs");
  mkdirSync(logs);
  const database =
    schema === "" ? openSqliteDatabase(address) : await openPostgresqlDatabase(address, schema);
  try {
    await seedHistory(database);
    const agents = await startAgents(database, logs);
    await tell({});
    try {
      for (let step = 0; !signal.aborted; step += 1) {
        const tick = database.transaction(async () => {
          await stepPipeline(database, step);
          await stepGuards(database, step);
          await agents.step(step);
        });
        // A database that is slow makes the ticks longer, and never two at once.
        await Promise.all([tick, wait(Number(tickMilliseconds), undefined, { signal }).catch(() => {})]);
      }
    } finally {
      await agents.stop();
    }
  } finally {
    await database.close();
  }
}

/** A parent that is gone needs no word. */
function tell(message: Message): Promise<void> {
  return new Promise((resolve) => {
    if (process.send && process.connected) process.send(message, () => resolve());
    else resolve();
  });
}

try {
  await work();
  process.exit(0);
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  await tell({ fault: error.message });
  process.exit(1);
}
