/** The program's version. */
import { readFileSync } from "node:fs";

let known: string | undefined;

/** package.json stands one folder above the sources, and two above the compiled files. */
export function version(): string {
  known ??= read();
  return known;
}

function read(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")).version;
    } catch {}
  }
  throw new Error("package.json is missing from the installation");
}
