/** Starts the demo's orchestrator as a separate process, like a real one, and stops it without leaving anything behind. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { OperatorError } from "../shared/operator-error.ts";
import { dropSchema, newSchemaName, withinSchema } from "./postgresql-database.ts";

export interface DemoOrchestrator {
  /** The path or URL that the service reads. */
  readonly database: string;
  /** Resolves when the process has ended for any reason. */
  readonly ended: Promise<unknown>;
  /** Stops the orchestrator and all its agents. Throws OperatorError if it had failed before. */
  stop(): Promise<void>;
}

/** A message of the process to its parent: it is ready, or why it failed. */
export interface Message {
  readonly fault?: string;
}

const SCRIPT = new URL(`./process${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** `directory` is an existing folder for the logs and, without a server, the database. */
export async function startOrchestrator({
  directory,
  server,
  tickMilliseconds = 250,
}: {
  readonly directory: string;
  readonly server?: string | undefined;
  readonly tickMilliseconds?: number;
}): Promise<DemoOrchestrator> {
  const schema = server === undefined ? "" : newSchemaName();
  const database = server === undefined ? join(directory, "orchestrator.db") : withinSchema(server, schema);
  const child = fork(SCRIPT, [directory, String(tickMilliseconds), database, schema], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  // The last message arrives before "disconnect", but may arrive after "exit".
  const ended = Promise.all([once(child, "exit"), once(child, "disconnect")]);
  let isReady = false;
  let fault: string | undefined;
  const ready = new Promise<void>((resolve) => {
    child.on("message", (message: Message) => {
      fault = message.fault;
      if (fault !== undefined) return;
      isReady = true;
      resolve();
    });
  });

  async function stop(): Promise<void> {
    if (child.connected) child.disconnect();
    const [[code, signal]] = await ended;
    if (code === 0) return;
    fault ??= `the demo's orchestrator ended unexpectedly (${signal ?? `exit code ${code}`})`;
    if (schema !== "" && !(await isDropped()) && isReady)
      fault += `; its schema remains on the server: remove it with DROP SCHEMA ${schema} CASCADE`;
    throw new OperatorError(fault);
  }

  function isDropped(): Promise<boolean> {
    return dropSchema(database, schema).then(
      () => true,
      () => false,
    );
  }

  await Promise.race([ready, ended]);
  if (!isReady) await stop();
  return { database, ended, stop };
}
