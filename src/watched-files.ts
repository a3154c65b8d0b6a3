/**
 * Values read from files that an operator may replace while the service runs. A change is read again. An unusable
 * version leaves the last value in force. Messages name the flag, never the path or the content.
 */
import { unwatchFile, watchFile } from "node:fs";
import { explained, OperatorError } from "../shared/operator-error.ts";
import { readSmallFile } from "../shared/small-file.ts";

export interface NamedFile {
  /** The flag that names the file, such as `--token-file`. */
  readonly flag: string;
  readonly path: string;
  /** Whether to warn if other users can read the file. */
  readonly isSecret: boolean;
}

export interface Watched<T> {
  /** The value in force. */
  readonly value: T;
  /** Calls `listener` with each new value. */
  onChange(listener: (value: T) => void): void;
  close(): void;
}

export interface WatchOptions<T> {
  readonly files: readonly NamedFile[];
  /** Builds the value from the files' texts, in their order. Throws OperatorError if they cannot be used. */
  readonly make: (texts: readonly string[]) => T;
  readonly report: (level: "info" | "warn", message: string) => void;
  /** How often to look for a change, in seconds. Default: 1. */
  readonly lookSeconds?: number | undefined;
}

/** Files that change together, such as a certificate and its key, are reloaded together. */
const TOGETHER_MILLISECONDS = 50;

/** Reads the files and watches them. Throws OperatorError if the first reading fails. */
export function watchFiles<T>({ files, make, report, lookSeconds = 1 }: WatchOptions<T>): Watched<T> {
  const listeners: ((value: T) => void)[] = [];
  const load = (): T => make(files.map((file) => read(file, report)));
  let value = load();
  let reloading: NodeJS.Timeout | undefined;

  function reload(): void {
    try {
      value = load();
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      report("warn", `${error.message}; the previous version stays in force`);
      return;
    }
    for (const listener of listeners) listener(value);
    report("info", `${files.map(({ flag }) => flag).join(", ")}: reloaded`);
  }

  function onFileChange(): void {
    clearTimeout(reloading);
    reloading = setTimeout(reload, TOGETHER_MILLISECONDS).unref();
  }

  // Looks at the files with `stat`: a kernel watch misses replacements by Kubernetes and `rename`.
  const options = { persistent: false, interval: lookSeconds * 1_000 };
  for (const { path } of files) watchFile(path, options, onFileChange);
  return {
    get value() {
      return value;
    },
    onChange: (listener) => listeners.push(listener),
    close() {
      for (const { path } of files) unwatchFile(path, onFileChange);
      clearTimeout(reloading);
    },
  };
}

function read({ flag, path, isSecret }: NamedFile, report: WatchOptions<unknown>["report"]): string {
  const { text, readableByOthers } = explained(flag, () => readSmallFile(path));
  if (isSecret && readableByOthers)
    report("warn", `${flag}: every user of this machine can read the file: run chmod o-r on it`);
  return text;
}
