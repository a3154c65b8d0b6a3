/** The package as it is installed: packed, put into an empty folder, and run. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, task } from "../support/database.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };

beforeAll(() => {
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: ROOT, env });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  execFileSync("npm", ["install", "--silent", `./${tarball}`], { cwd: folder, env });
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the packed tarball", () => {
  it("runs its bin", () => {
    using database = createDatabase();
    database.insert("tasks", task(1, "review"));
    const bin = join(folder, "node_modules/.bin/orch-metrics");
    const { status, stdout } = spawnSync(bin, ["snapshot", "--database", database.path], {
      env,
      encoding: "utf8",
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout).stages.counts).toEqual({ review: 1 });
  });

  it("exports what an orchestrator mounts, with types", () => {
    writeFileSync(
      join(folder, "use.ts"),
      `import { type GetMetricsResponse, MetricsService, mountMetrics, openSqliteRepository } from "orch-metrics";
       import { createMetricsClient } from "orch-metrics/client";
       const client = createMetricsClient({ baseUrl: "http://127.0.0.1:9" });
       const mounted = mountMetrics({ repository: openSqliteRepository({ databasePath: "none.db" }) });
       const counts = (envelope: GetMetricsResponse): Record<string, number> | undefined => envelope.stages?.counts;
       console.log(typeof mounted.handler, typeof mounted.routes, typeof client.getMetrics, MetricsService.typeName, counts.length);
       await mounted.close();`,
    );
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    const types = join(ROOT, "node_modules/@types");
    const flags = [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2023",
      "--typeRoots",
      types,
      "--types",
      "node",
    ];
    const checked = spawnSync(tsc, [...flags, "use.ts"], { cwd: folder, env, encoding: "utf8" });
    expect(checked.stdout).toBe("");
    const { stdout } = spawnSync(process.execPath, ["use.ts"], { cwd: folder, env, encoding: "utf8" });
    expect(stdout).toBe("function function function orchestrator.metrics.v1.MetricsService 1\n");
  });

  it("holds the contract, and neither tests nor sources", () => {
    const names = readdirSync(join(folder, "node_modules/orch-metrics"));
    expect(names).toEqual(
      expect.arrayContaining(["LICENSE", "README.md", "bin", "dist", "docs", "profiles", "proto"]),
    );
    expect(names).not.toContain("src");
    expect(names).not.toContain("test");
  });
});
