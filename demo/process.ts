/** The demo's orchestrator process: it owns the database, advances the pipeline, and runs the agents. */
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
// A terminal's signals reach the whole group. The parent requests a stop by closing the channel.
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
    await send({});
    try {
      for (let step = 0; !signal.aborted; step += 1) {
        const tick = database.transaction(async () => {
          await stepPipeline(database, step);
          await stepGuards(database, step);
          await agents.step(step);
        });
        // A slow database makes the ticks longer. They never overlap.
        await Promise.all([tick, wait(Number(tickMilliseconds), undefined, { signal }).catch(() => {})]);
      }
    } finally {
      await agents.stop();
    }
  } finally {
    await database.close();
  }
}

/** Sends a message, unless the parent is gone. */
function send(message: Message): Promise<void> {
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
  await send({ fault: error.message });
  process.exit(1);
}
