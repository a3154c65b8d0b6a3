/** Starts the reader process, and communicates with it. */
import { type ChildProcess, fork } from "node:child_process";
import type { Readable } from "node:stream";
import { permissionFlags } from "../../permission-flags.ts";
import type { SectionName } from "../../profiles/contract.ts";
import type { Profile } from "../../profiles/profile.ts";
import type { PartName } from "../repository.ts";
import type { BackedOff } from "../sql/backoff.ts";
import type { Statement } from "../sql/statements.ts";
import type { ReaderOptions } from "./database-reader.ts";

/** The first message. */
export interface ReaderStart extends ReaderOptions {
  /** Closes the file after so many seconds without a reading. */
  readonly idleSeconds: number;
}

/** Asks for the values of `parts`, how well `profiles` fit, or the rows of `select`, otherwise for the examination. */
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

/** The result of the reader's method for the request, or the stack trace of a bug for the log. */
export type FromReader = { readonly id: number; readonly answer: unknown } | { readonly unexpected: string };

export interface ReaderProcess {
  send(message: ToReader): void;
  /** Lets the process end by itself, which takes as long as the running statement. */
  disconnect(): void;
  kill(): void;
  /** Resolves with the section whose SELECT was ended for exceeding its limit, if any. */
  readonly ended: Promise<SectionName | undefined>;
}

export interface ReaderEvents {
  readonly onMessage: (message: FromReader) => void;
  readonly onError: (error: unknown) => void;
  /** The system could not start the process, which then never ends. */
  readonly onNotStarted: (error: unknown) => void;
}

/** Next to this file, both as source and compiled. A bundled program must name it: `readerScript`. */
const SCRIPT = new URL(`./reader-main${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/**
 * A reading is short and leaves little garbage: a small young generation, and no helper threads, each of which would
 * need memory of its own. Measure changes with `npm run bench -- rates`.
 */
const HEAP = [
  "--single-threaded",
  "--min-semi-space-size=4",
  "--max-semi-space-size=4",
  "--max-old-space-size=96",
];

/** `timezone` is what `utc` and `localtime` mean in SQLite. Throws the system's error if the process cannot be started. */
export function startReaderProcess(
  { onMessage, onError, onNotStarted }: ReaderEvents,
  timezone: string,
  script: string | URL = SCRIPT,
): ReaderProcess {
  const child = fork(script, {
    // Does not pass the program's own flags: a debugger or a preloaded module is meant for the program itself.
    execArgv: [...HEAP, "--disable-warning=ExperimentalWarning", ...permissionFlags()],
    env: { ...process.env, NODE_OPTIONS: undefined, MALLOC_ARENA_MAX: "1", TZ: timezone },
    stdio: ["ignore", "ignore", "ignore", "ipc", "pipe"],
    serialization: "advanced",
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<SectionName | undefined>();
  // Without a listener, an error event would end the program.
  child.on("error", (error) => (child.pid === undefined ? onNotStarted(error) : onError(error)));
  // Without file descriptors for them, it has neither streams nor a channel.
  if (!child.stdio) return { ended, send() {}, disconnect() {}, kill() {} };
  let section = "";
  const verdict = child.stdio[4] as Readable;
  verdict.on("data", (chunk) => (section += chunk));
  verdict.on("error", () => {});
  child.on("message", (message) => onMessage(message as FromReader));
  // Does not use `close`, which is not emitted after `disconnect`. Data in the pipe may still be unread at `exit`.
  const read = new Promise((resolve) => verdict.once("close", resolve));
  child.once("exit", () => read.then(() => end((section as SectionName) || undefined)));
  holdNothingOpen(child, verdict);
  return {
    ended,
    // A message to a process that has just ended is settled once its end is known.
    send: (message) => void child.send(message, () => {}),
    disconnect: () => child.connected && child.disconnect(),
    kill: () => void child.kill("SIGKILL"),
  };
}

/** Keeps a program that mounts the service from staying alive for this process. Pending requests have a timer. */
function holdNothingOpen(child: ChildProcess, verdict: Readable): void {
  child.unref();
  child.channel?.unref();
  (verdict as Readable & { unref?(): void }).unref?.();
}
