/** The watchdog stands apart: it knows the contract and the public client, and nothing of the service's insides. */
import { globSync, readFileSync } from "node:fs";
import { dirname, normalize } from "node:path";
import { expect, it } from "vitest";

const ROOT = new URL("../../", import.meta.url).pathname;
const IMPORT = /(?:\bfrom\s+|\bimport\s*\(?\s*|\brequire\s*\(\s*)["']([^"']+)["']/g;

it("imports of this repository only gen/, the public client and itself", () => {
  const files = [...globSync("watchdog/**/*.{ts,tsx}", { cwd: ROOT }), "bin/orch-watchdog.js"];
  expect(files.length).toBeGreaterThan(30);
  const imported = files.flatMap((file) =>
    [...readFileSync(ROOT + file, "utf8").matchAll(IMPORT)].flatMap(([, path = ""]) =>
      path.startsWith(".") ? [{ file, path: normalize(`${dirname(file)}/${path}`) }] : [],
    ),
  );
  expect(imported.length).toBeGreaterThan(30);
  expect(
    imported.filter(
      ({ path }) => !path.startsWith("watchdog/") && !path.startsWith("gen/") && path !== "client/index.ts",
    ),
  ).toEqual([]);
});
