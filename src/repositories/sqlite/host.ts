/**
 * Where a database is read: in a thread for a profile that came with the program; for any other in a process, which
 * can be ended within a SELECT, and whose memory is its own.
 */
import { fork } from "node:child_process";
import { Worker } from "node:worker_threads";
import { permissionFlags } from "../../permission-flags.ts";
import type { FromWorker, ToWorker } from "./worker.ts";

const SCRIPT = new URL(`./worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** A reading leaves little behind, yet on a large machine V8 would let it pile up for long. */
const HEAP_MEGABYTES = { young: 2, old: 256 };

export interface Host {
  post(message: ToWorker): void;
  /** At once, whatever it does. */
  end(): void;
}

export interface HostEvents {
  readonly onMessage: (message: FromWorker) => void;
  readonly onError: (error: unknown) => void;
  readonly onExit: () => void;
}

export function startThread({ onMessage, onError, onExit }: HostEvents): Host {
  const worker = new Worker(SCRIPT, {
    // Not all of the program's own flags: `-e`, `--input-type` and their kind make no sense to a file.
    execArgv: permissionFlags(),
    resourceLimits: {
      maxYoungGenerationSizeMb: HEAP_MEGABYTES.young,
      maxOldGenerationSizeMb: HEAP_MEGABYTES.old,
    },
  });
  worker.on("message", onMessage);
  worker.on("error", onError);
  worker.once("exit", onExit);
  return { post: (message) => worker.postMessage(message), end: () => void worker.terminate() };
}

export function startProcess({ onMessage, onError, onExit }: HostEvents): Host {
  const { NODE_OPTIONS } = process.env;
  const heap = `--max-old-space-size=${HEAP_MEGABYTES.old}`;
  const child = fork(SCRIPT, {
    execArgv: [heap, "--disable-warning=ExperimentalWarning", ...permissionFlags()],
    env: NODE_OPTIONS === undefined ? {} : { NODE_OPTIONS },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    serialization: "advanced",
  });
  child.on("message", (message) => onMessage(message as FromWorker));
  child.on("error", (error) => {
    onError(error);
    // It could not be started at all.
    if (child.pid === undefined) onExit();
  });
  child.once("exit", onExit);
  return {
    // One that has ended meanwhile is told of by `exit`.
    post: (message) => void child.send(message, () => {}),
    end: () => void child.kill("SIGKILL"),
  };
}
