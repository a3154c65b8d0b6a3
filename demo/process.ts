/** The demo's orchestrator: it owns the database, steps the pipeline, and runs the agents. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startAgents } from "./agents.ts";
import { openDatabase } from "./database.ts";
import { stepGuards } from "./guards.ts";
import { stepPipeline } from "./pipeline.ts";
import { seedHistory } from "./seed.ts";

const [directory = "", tickMilliseconds = "250"] = process.argv.slice(2);

mkdirSync(join(directory, "logs"));
const databasePath = join(directory, "orchestrator.db");
const database = openDatabase(databasePath);
seedHistory(database);
const agents = startAgents(database, join(directory, "logs"));

let step = 0;
const ticking = setInterval(() => {
  database.transaction(() => {
    stepPipeline(database, step);
    stepGuards(database, step);
    agents.step(step);
  });
  step += 1;
}, Number(tickMilliseconds));

async function stop(): Promise<void> {
  clearInterval(ticking);
  await agents.stop();
  database.close();
  process.exit(0);
}

// A Ctrl-C in a terminal reaches the whole group; the parent says when to stop, by letting go of the channel.
process.on("SIGINT", () => {});
process.once("SIGTERM", stop);
process.once("disconnect", stop);
process.send?.(databasePath);
