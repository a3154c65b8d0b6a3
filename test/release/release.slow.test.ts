/** `npm run release` in a copy of the project. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fromBinary, fromJsonString } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GetMetricsResponseSchema } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { addresses, withAddresses } from "../../scripts/release/repository.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const copy = mkdtempSync(join(tmpdir(), "orch-metrics-release-"));
const read = (path: string) => readFileSync(join(copy, path), "utf8");

function release(...version: readonly string[]) {
  const path = [join(ROOT, "node_modules/.bin"), dirname(process.execPath), process.env.PATH].join(":");
  const env = { ...process.env, PATH: path };
  return spawnSync("npm", ["run", "--silent", "release", "--", ...version], {
    cwd: copy,
    env,
    encoding: "utf8",
  });
}

beforeAll(() => {
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  for (const file of files.split("\0").filter((name) => name !== "" && existsSync(join(ROOT, name))))
    cpSync(join(ROOT, file), join(copy, file));
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  execFileSync("git", ["init", "--quiet"], { cwd: copy });
  execFileSync("git", ["remote", "add", "origin", "git@code.example:agents/orch-metrics.git"], { cwd: copy });
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe("the package's addresses", () => {
  const page = "https://code.example/a/b";

  it.each([
    "git@code.example:a/b.git",
    "ssh://git@code.example:2222/a/b.git",
    "https://code.example/a/b",
    "https://user:s3cret@code.example/a/b.git\n",
    "http://code.example/a/b/",
  ])("are those of the remote %j", (remote) => {
    expect(addresses(remote)?.homepage).toBe(`${page}#readme`);
  });

  it.each(["", "/srv/git/b.git", "../b", "file:///srv/b.git"])("are left out for %j", (remote) => {
    const before = withAddresses('{"name":"b","license":"MIT","type":"module"}', addresses(`${page}.git`));
    expect(Object.keys(JSON.parse(before))).toEqual([
      "name",
      "license",
      "repository",
      "homepage",
      "bugs",
      "type",
    ]);
    expect(JSON.parse(withAddresses(before, addresses(remote)))).toEqual({
      name: "b",
      license: "MIT",
      type: "module",
    });
  });
});

describe("npm run release", () => {
  it("rejects an invalid version, and a version without changelog entries, and writes nothing", () => {
    const before = read("CHANGELOG.md");
    expect(release()).toMatchObject({
      status: 2,
      stderr: "missing version: use for example npm run release -- 1.2.3\n",
    });
    expect(release("next")).toMatchObject({
      status: 2,
      stderr: 'invalid version "next": use for example npm run release -- 1.2.3\n',
    });
    const nothingNew = before.replace(/(## \[Unreleased\]\n)[\s\S]*?(?=^## \[)/m, "$1\n");
    writeFileSync(join(copy, "CHANGELOG.md"), nothingNew);
    expect(release("9.8.7").stderr).toContain("has no entries under [Unreleased]");
    expect(read("CHANGELOG.md")).toBe(nothingNew);
    writeFileSync(
      join(copy, "CHANGELOG.md"),
      `${before}\n`.replace("## [Unreleased]\n", "## [Unreleased]\n\n- New.\n"),
    );
  });

  it("writes the version, dates the changelog, updates the released contract and records an envelope without errors", () => {
    const { status, stderr } = release("9.8.7");
    expect(status, stderr).toBe(0);
    expect(JSON.parse(read("package.json"))).toMatchObject({
      version: "9.8.7",
      repository: { type: "git", url: "git+https://code.example/agents/orch-metrics.git" },
      homepage: "https://code.example/agents/orch-metrics#readme",
      bugs: { url: "https://code.example/agents/orch-metrics/issues" },
    });
    expect(JSON.parse(read("package-lock.json")).version).toBe("9.8.7");
    expect(read("CHANGELOG.md")).toMatch(
      /^## \[Unreleased\]\n\n## \[9\.8\.7\] - \d{4}-\d\d-\d\d\n\n- New\.$/m,
    );
    const folder = "test/compatibility/9.8.7";
    expect(read(`${folder}/contract.binpb`)).toBe(read("proto/released.binpb"));
    const json = fromJsonString(GetMetricsResponseSchema, read(`${folder}/envelope.json`));
    const binary = fromBinary(GetMetricsResponseSchema, readFileSync(join(copy, folder, "envelope.binpb")));
    for (const { stages, queue, agents, cost, $unknown } of [json, binary]) {
      for (const section of [stages, queue, agents, cost]) {
        expect(section).toBeDefined();
        expect(section?.error).toBeUndefined();
      }
      expect(agents?.running.length).toBeGreaterThan(0);
      expect($unknown).toBeUndefined();
    }
    expect(release("9.8.7").stderr).toContain("has no entries under [Unreleased]");
  }, 180_000);
});
