#!/usr/bin/env node
// Plain JavaScript that any Node can parse: on a Node that is too old, the program's own files could not even
// be loaded (better-sqlite3 13 ends such a Node with a segmentation fault).
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`orch-watchdog: needs Node 22.18 or newer, and this is Node ${process.versions.node}`);
  process.exitCode = 1;
} else {
  const { existsSync } = await import("node:fs");
  // A checkout runs from its sources, an installed package from what was compiled.
  const source = new URL("../watchdog/main.ts", import.meta.url);
  const { main } = await import(
    existsSync(source) ? source : new URL("../dist/watchdog/main.js", import.meta.url)
  );
  process.exitCode = await main(process.argv.slice(2), process.env);
}
