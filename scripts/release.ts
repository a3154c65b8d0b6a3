/**
 * `npm run release -- VERSION`: makes the version that is about to be published. It records an envelope of the demo for
 * the compatibility tests, writes the version, dates the changelog and renews the image of the released contract. It
 * commits nothing: docs/releasing.md says what comes next.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dated } from "./release/changelog.ts";
import { recordEnvelope } from "./release/record-envelope.ts";

const [version = ""] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(version)) {
  throw new Error(`"${version}" is no version: npm run release -- 1.2.3`);
}
const changelog = dated(readFileSync("CHANGELOG.md", "utf8"), version, new Date());
const run = (...args: string[]) => execFileSync("npm", args, { stdio: "inherit" });
run("run", "breaking");
const envelope = await recordEnvelope();

// Nothing was written so far: whatever failed can be mended and tried again.
run("version", version, "--no-git-tag-version");
run("run", "release:contract");
writeFileSync("CHANGELOG.md", changelog);
const folder = `test/compatibility/${version}`;
mkdirSync(folder, { recursive: true });
copyFileSync("proto/released.binpb", `${folder}/contract.binpb`);
writeFileSync(`${folder}/envelope.json`, envelope.json);
writeFileSync(`${folder}/envelope.binpb`, envelope.binary);
