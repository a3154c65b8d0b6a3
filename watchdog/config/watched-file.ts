/** A file that is read again when it has changed; a version that cannot be used leaves the last one in force. */
import { statSync } from "node:fs";
import { readText } from "./text-file.ts";

export interface WatchedFile<T> {
  readonly value: T;
  /** Looks by stat whether it changed, and reads it then. Returns the words of a fault, once for each version. */
  refresh(): { readonly changed: boolean; readonly fault?: string };
}

/** Throws what `parse` throws, and what readText throws when the file cannot be read. */
export function watchFile<T>(path: string, parse: (text: string) => T): WatchedFile<T> {
  let seen = signature(path);
  let value = parse(readText(path));
  return {
    get value() {
      return value;
    },
    refresh() {
      const now = signature(path);
      if (now === seen) return { changed: false };
      seen = now;
      try {
        value = parse(readText(path));
        return { changed: true };
      } catch (error) {
        return { changed: false, fault: (error as Error).message };
      }
    },
  };
}

function signature(path: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
