/** Reads the package's version, which both programs have. */
import { readFileSync } from "node:fs";
import { packageFile } from "./package-file.ts";

let cached: string | undefined;

export function version(): string {
  cached ??= JSON.parse(readFileSync(packageFile("package.json"), "utf8")).version as string;
  return cached;
}
