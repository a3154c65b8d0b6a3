/**
 * `npm run release -- VERSION`: makes the version that is about to be published. It writes the version, dates the
 * changelog, renews the image of the released contract, and records an envelope of the demo for the compatibility
 * tests. It commits nothing: docs/releasing.md says what comes next.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Readable } from "node:stream";

const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";

const [version = ""] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(version)) {
  throw new Error(`"${version}" is no version: npm run release -- 1.2.3`);
}

const changelog = readFileSync("CHANGELOG.md", "utf8");
const today = new Date().toISOString().slice(0, 10);
const dated = changelog.replace("## [Unreleased]\n", `## [Unreleased]\n\n## [${version}] - ${today}\n`);
if (dated === changelog)
  throw new Error("CHANGELOG.md has no section [Unreleased]: write what changed there");

writeFileSync("CHANGELOG.md", dated);
execFileSync("npm", ["version", version, "--no-git-tag-version"], { stdio: "inherit" });
execFileSync("npm", ["run", "release:contract"], { stdio: "inherit" });
const folder = `test/compatibility/${version}`;
mkdirSync(folder, { recursive: true });
copyFileSync("proto/released.binpb", `${folder}/contract.binpb`);
await record(folder);

async function record(directory: string): Promise<void> {
  const demo = spawn(process.execPath, ["bin/orch-metrics.js", "demo", "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await untilItRuns(demo.stdout);
  const json = await fetch(`${url}/metrics`);
  writeFileSync(`${directory}/envelope.json`, await json.text());
  const headers = { "content-type": "application/proto" };
  const binary = await fetch(`${url}${RPC}`, { method: "POST", headers, body: new Uint8Array() });
  writeFileSync(`${directory}/envelope.binpb`, await binary.bytes());
  demo.kill("SIGTERM");
  await once(demo, "exit");
}

/** Its agents have run for a while by then. Goes on reading, so that the demo can go on writing. */
function untilItRuns(output: Readable): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    output.on("data", (chunk) => {
      said += chunk;
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (url !== undefined && said.includes("What moved within")) resolve(url);
    });
  });
}
