#!/usr/bin/env node
// Plain JavaScript that any Node can parse. A Node that is too old could not load the program's own files:
// better-sqlite3 13 makes it crash with a segmentation fault.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`orch-metrics: requires Node 22.18 or newer, but this is Node ${process.versions.node}`);
  process.exitCode = 1;
} else {
  const { existsSync } = await import("node:fs");
  const { enableCompileCache } = await import("node:module");
  const { fileURLToPath } = await import("node:url");
  // A checkout runs from its sources, an installed package from its compiled files.
  const source = new URL("../src/main.ts", import.meta.url);
  const isCheckout = existsSync(source);
  if (isCheckout) {
    // Node's TypeScript compiler takes 20 MiB in each process unless its output is cached. The cache is next to the
    // packages, since another user could place code in the default folder in /tmp.
    process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
      new URL("../node_modules/.cache/compile", import.meta.url),
    );
    enableCompileCache(process.env.NODE_COMPILE_CACHE);
  }
  const { main } = await import(isCheckout ? source : new URL("../dist/src/main.js", import.meta.url));
  process.exitCode = await main(process.argv.slice(2), process.env);
}
