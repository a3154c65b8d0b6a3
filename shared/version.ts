/** Reads the package's version, which both programs have. */
import { readFileSync } from "node:fs";

let cached: string | undefined;

export function version(): string {
  cached ??= read();
  return cached;
}

/** package.json is one folder above the sources, and two above the compiled files. */
function read(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")).version;
    } catch {}
  }
  throw new Error("package.json is missing from the installation");
}
