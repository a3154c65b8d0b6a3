/**
 * What is made of files that an operator replaces while the service runs: read again when one of them changes. A
 * version that cannot be used leaves the last one in force. Messages name the flag, never the path or what it holds.
 */
import { type BigIntStats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { OperatorError } from "../shared/operator-error.ts";
import { readSmallFile } from "../shared/small-file.ts";

export interface NamedFile {
  /** How the operator gave it, such as `--token-file`. */
  readonly flag: string;
  readonly path: string;
  /** Others of this machine should not be able to read it. */
  readonly isSecret: boolean;
}

export interface Watched<T> {
  /** What is in force. */
  readonly value: T;
  /** Hears of each new value. */
  onChange(listener: (value: T) => void): void;
  close(): void;
}

export interface WatchOptions<T> {
  readonly files: readonly NamedFile[];
  /** From the files' texts, in their order. Throws OperatorError for what cannot be used. */
  readonly make: (texts: readonly string[]) => T;
  readonly report: (level: "info" | "warn", message: string) => void;
  /** How often to look for a change, by `stat`: a kernel watch misses how Kubernetes and `rename` replace a file. Default 1. */
  readonly lookSeconds?: number | undefined;
}

/** Runs what judges a file's text: its OperatorError then names the flag by which the operator gave the file. */
export function named<T>(flag: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof OperatorError
      ? new OperatorError(`${flag}: ${error.message}`, { cause: error.cause })
      : error;
  }
}

/** Reads them for the first time, and throws OperatorError where that fails. */
export function watchFiles<T>({ files, make, report, lookSeconds = 1 }: WatchOptions<T>): Watched<T> {
  const names = files.map(({ flag }) => flag).join(", ");
  const listeners: ((value: T) => void)[] = [];
  const load = (): T => make(files.map((file) => read(file, report)));
  let seen = files.map(({ path }) => signature(path)).join();
  let value = load();
  let timer: NodeJS.Timeout;
  let closed = false;

  async function look(): Promise<void> {
    const now = (await Promise.all(files.map(({ path }) => signatureLater(path)))).join();
    if (closed) return;
    if (now !== seen) {
      seen = now;
      replace();
    }
    waitAndLook();
  }

  function replace(): void {
    try {
      value = load();
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      report("warn", `${error.message}; what was read before stays in force`);
      return;
    }
    for (const listener of listeners) listener(value);
    report("info", `${names}: read again, and in force`);
  }

  function waitAndLook(): void {
    timer = setTimeout(look, lookSeconds * 1_000).unref();
  }
  waitAndLook();

  return {
    get value() {
      return value;
    },
    onChange: (listener) => listeners.push(listener),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function read({ flag, path, isSecret }: NamedFile, report: WatchOptions<unknown>["report"]): string {
  const { text, readableByOthers } = named(flag, () => readSmallFile(path));
  if (isSecret && readableByOthers)
    report("warn", `${flag}: every user of this machine can read it; chmod o-r takes that away`);
  return text;
}

function signature(path: string): string {
  try {
    return identity(statSync(path, { bigint: true }));
  } catch (error) {
    return codeOf(error);
  }
}

/** Changes with the file. A file system that stalls must not hold up the answers. */
export function signatureLater(path: string): Promise<string> {
  return stat(path, { bigint: true }).then(identity, codeOf);
}

/** Changes whenever the file was written, replaced, removed or given other rights. */
function identity({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}
