import { existsSync } from "node:fs";

/** Returns the place of a file of the package. `path` is relative to the package's folder. */
export function packageFile(path: string): URL {
  // The package's folder is one level above the sources, and two above the compiled files.
  const place = new URL(`${import.meta.url.endsWith(".ts") ? "../" : "../../"}${path}`, import.meta.url);
  // A bundle of an orchestrator is in another place, next to the installed package.
  return existsSync(place) ? place : new URL(path, import.meta.resolve("orch-metrics/package.json"));
}
