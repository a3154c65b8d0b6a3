/** The reading process as the serving side sees it: started, sent to, ended, and heard. */
import { type ChildProcess, fork } from "node:child_process";
import type { Readable } from "node:stream";
import { permissionFlags } from "../../permission-flags.ts";
import type { SectionName } from "../../profiles/contract.ts";
import type { Profile } from "../../profiles/profile.ts";
import type { PartName, SectionExamination } from "../repository.ts";
import type { BackedOff } from "../sql/backoff.ts";
import type { Statement } from "../sql/statements.ts";
import type { FitsAnswer, ReaderAnswer, ReaderOptions, SelectAnswer } from "./database-reader.ts";

/** Comes first. */
export interface ReaderStart extends ReaderOptions {
  /** Without a reading for so long, the file is closed. */
  readonly idleSeconds: number;
}

/**
 * With `parts` it is answered by what they hold, with `profiles` by how these fit, with `select` by its rows, else by what the
 * SELECTs of the profile do.
 */
export interface ReadRequest {
  readonly id: number;
  readonly nowMs: number;
  readonly parts?: readonly PartName[];
  readonly profiles?: readonly Profile[];
  readonly select?: Statement;
  readonly countsVisits?: boolean;
  readonly backedOff: BackedOff;
}

export type ToReader = ReaderStart | ReadRequest;

export type FromReader =
  | (ReaderAnswer & { readonly id: number })
  | (FitsAnswer & { readonly id: number })
  | (SelectAnswer & { readonly id: number })
  | { readonly id: number; readonly examinations: readonly SectionExamination[] };

export interface ReaderProcess {
  send(message: ToReader): void;
  /** Lets it end by itself, which takes as long as the statement that runs. */
  disconnect(): void;
  kill(): void;
  /** With the section whose SELECT was ended for taking more than it may. */
  readonly ended: Promise<SectionName | undefined>;
}

export interface ReaderEvents {
  readonly onMessage: (message: FromReader) => void;
  readonly onError: (error: unknown) => void;
}

/** Next to this file, from source and compiled; a bundler needs it named: `readerScript`. */
const SCRIPT = new URL(`./reader-main${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/**
 * A reading is short and leaves little behind: a small young generation, and no helper threads for it, which would each have
 * memory of their own. Chosen by measurement: docs/performance.md.
 */
const HEAP = ["--single-threaded", "--max-semi-space-size=1", "--max-old-space-size=96"];

/** `timezone`: what SQLite's `utc` and `localtime` mean. Throws the system's error where it cannot be started. */
export function startReaderProcess(
  { onMessage, onError }: ReaderEvents,
  timezone: string,
  script: string | URL = SCRIPT,
): ReaderProcess {
  const child = fork(script, {
    // Not the program's own flags: a debugger or a preloaded module is for the program itself.
    execArgv: [...HEAP, "--disable-warning=ExperimentalWarning", ...permissionFlags()],
    env: { ...process.env, NODE_OPTIONS: undefined, MALLOC_ARENA_MAX: "1", TZ: timezone },
    stdio: ["ignore", "ignore", "ignore", "ipc", "pipe"],
    serialization: "advanced",
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<SectionName | undefined>();
  let section = "";
  const verdict = child.stdio[4] as Readable;
  verdict.on("data", (chunk) => (section += chunk));
  verdict.on("error", () => {});
  child.on("message", (message) => onMessage(message as FromReader));
  child.on("error", (error) => {
    onError(error);
    // It could not be started at all.
    if (child.pid === undefined) end(undefined);
  });
  // Not `close`, which does not come after a `disconnect`. What was written to the pipe may still be unread at `exit`.
  const read = new Promise((resolve) => verdict.once("close", resolve));
  child.once("exit", () => read.then(() => end((section as SectionName) || undefined)));
  holdNothingOpen(child, verdict);
  return {
    ended,
    // What is sent to one that has ended meanwhile is answered once that is known.
    send: (message) => void child.send(message, () => {}),
    disconnect: () => child.connected && child.disconnect(),
    kill: () => void child.kill("SIGKILL"),
  };
}

/** A program that mounts the service ends when it is done; who waits for an answer has a timer. */
function holdNothingOpen(child: ChildProcess, verdict: Readable): void {
  child.unref();
  child.channel?.unref();
  (verdict as Readable & { unref?(): void }).unref?.();
}
