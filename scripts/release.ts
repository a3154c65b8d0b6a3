/**
 * `npm run release -- VERSION`: prepares a version for publishing. It records an envelope of the demo for the
 * compatibility tests, writes the version and the addresses of the git remote, dates the changelog and updates the image
 * of the released contract. It commits nothing. docs/releasing.md describes the next steps.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dated } from "./release/changelog.ts";
import { recordEnvelope } from "./release/record-envelope.ts";
import { addresses, withAddresses } from "./release/repository.ts";

const [version = ""] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(version)) {
  console.error(
    version === ""
      ? "missing version: use for example npm run release -- 1.2.3"
      : `invalid version "${version}": use for example npm run release -- 1.2.3`,
  );
  process.exit(2);
}
const changelog = dated(readFileSync("CHANGELOG.md", "utf8"), version, new Date());
const run = (...args: string[]) => execFileSync("npm", args, { stdio: "inherit" });
run("run", "breaking");
const envelope = await recordEnvelope();

// Nothing has been written so far, so a failure can be fixed and the command repeated.
run("version", version, "--no-git-tag-version");
// Without a remote it prints nothing.
const remote = spawnSync("git", ["remote", "get-url", "origin"], { encoding: "utf8" }).stdout;
writeFileSync("package.json", withAddresses(readFileSync("package.json", "utf8"), addresses(remote)));
run("run", "release:contract");
writeFileSync("CHANGELOG.md", changelog);
const folder = `test/compatibility/${version}`;
mkdirSync(folder, { recursive: true });
copyFileSync("proto/released.binpb", `${folder}/contract.binpb`);
writeFileSync(`${folder}/envelope.json`, envelope.json);
writeFileSync(`${folder}/envelope.binpb`, envelope.binary);
