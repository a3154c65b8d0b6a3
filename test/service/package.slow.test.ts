/** The package as installed: packed, installed into an empty folder, and run. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SETTINGS } from "../../src/settings.ts";
import { SETTINGS as WATCHDOG_SETTINGS } from "../../watchdog/config/settings.ts";
import { createDatabase, task } from "../support/database.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
const installed = join(folder, "node_modules/orch-metrics");
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

  it("serves the watchdog's built page", async () => {
    const flags = ["--port", "0", "--history", "none", "--target", "main=http://127.0.0.1:9"];
    const child = spawn(join(folder, "node_modules/.bin/orch-watchdog"), flags, { env });
    try {
      let log = "";
      for await (const chunk of child.stderr) {
        log += chunk;
        if (/"url":"http/.test(log)) break;
      }
      const url = /"url":"([^"]+)"/.exec(log)?.[1] ?? "";
      for (const [path, words] of [
        ["/", "page.js"],
        ["/page.js", "Over time"],
        ["/page.css", "--surface"],
        ["/runbooks/agent-hung", "hung"],
      ] as const)
        expect(await (await fetch(url + path)).text()).toContain(words);
    } finally {
      child.kill("SIGKILL");
    }
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

  it("serves from a bundled program, as docs/operations.md describes", () => {
    using database = createDatabase();
    database.insert("tasks", task(1, "review"));
    writeFileSync(
      join(folder, "bundled.js"),
      `import { createServer } from "node:http";
       import { mountMetrics, openSqliteRepository } from "orch-metrics";
       const databasePath = ${JSON.stringify(database.path)};
       const readerScript = new URL("./reader-main.js", import.meta.url);
       const mounted = mountMetrics({ repository: openSqliteRepository({ databasePath, readerScript }) });
       const server = createServer(mounted.handler).listen(0, "127.0.0.1", async () => {
         const url = "http://127.0.0.1:" + server.address().port;
         console.log(await (await fetch(url + "/status")).text());
         server.close();
         await mounted.close();
       });`,
    );
    const reader = "node_modules/orch-metrics/dist/src/repositories/sqlite/reader-main.js";
    const flags = "--bundle --platform=node --format=esm --entry-names=[name] --outdir=out --log-level=error";
    const external = ["--external:better-sqlite3", "--external:pg"];
    const esbuild = join(ROOT, "node_modules/.bin/esbuild");
    execFileSync(esbuild, ["bundled.js", reader, ...flags.split(" "), ...external], { cwd: folder, env });
    const { stdout } = spawnSync(process.execPath, ["out/bundled.js"], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    expect(JSON.parse(stdout)).toEqual({ active_tasks: 1, stages: { review: 1 } });
  });

  it("contains the programs, types and documents, and nothing else", () => {
    const files = globSync("**", { cwd: installed, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(installed, join(entry.parentPath, entry.name)));
    expect(files.filter((file) => !sourceOf(file).some((source) => existsSync(join(ROOT, source))))).toEqual(
      [],
    );
    for (const file of [
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "docs/operations.md",
      "profiles/reference.sql",
      "deploy/systemd/orch-metrics.service",
      "deploy/kubernetes/kustomization.yaml",
      "demo/schema.sql",
    ])
      expect(files).toContain(file);
    for (const file of [
      "src/main.js",
      "watchdog/main.js",
      "watchdog/page/page.js",
      "client/index.d.ts",
      "demo/schema.sql",
    ])
      expect(files).toContain(`dist/${file}`);
  });

  it("has no dead link in its documents", () => {
    const dead = globSync("**/*.md", { cwd: installed }).flatMap((file) => {
      const text = readFileSync(join(installed, file), "utf8").replace(/^```[\s\S]*?^```/gm, "");
      const links = [...text.matchAll(/\]\(([^)\s]+)|(?:src|href)="([^"]+)"/g)].map(
        ([, one, other]) => one ?? other ?? "",
      );
      return links
        .filter((link) => !/^([a-z]+:|#)/.test(link))
        .filter((link) => !existsSync(join(installed, dirname(file), link.replace(/#.*/, ""))))
        .map((link) => `${file}: ${link}`);
    });
    expect(dead).toEqual([]);
  });

  it("is clean for publint, and its types resolve for ES modules", () => {
    const [tarball = ""] = globSync("*.tgz", { cwd: folder });
    const bin = (name: string) => join(ROOT, "node_modules/.bin", name);
    for (const [command, ...args] of [
      [bin("publint"), "run", "--strict", join(folder, tarball)],
      [bin("attw"), join(folder, tarball), "--profile", "esm-only"],
    ] as const) {
      const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: "utf8" });
      expect(status, `${stdout}${stderr}`).toBe(0);
    }
  });

  it("has manual pages that name each flag", () => {
    for (const [name, settings] of [
      ["orch-metrics", SETTINGS],
      ["orch-watchdog", WATCHDOG_SETTINGS],
    ] as const) {
      const page = readFileSync(join(installed, `dist/man/${name}.1`), "utf8").replaceAll("\\-", "-");
      for (const { flag, env: variable } of Object.values(settings)) {
        expect(page).toContain(`.BI --${flag} `);
        expect(page).toContain(variable);
      }
    }
  });

  it("contains a bill of materials that lists exactly the packages installed with it and those in its page", () => {
    const bill = JSON.parse(readFileSync(join(installed, BILL_OF_MATERIALS), "utf8"));
    expect(bill).toMatchObject({
      bomFormat: "CycloneDX",
      metadata: {
        component: { name: "orch-metrics", purl: expect.stringContaining("pkg:npm/orch-metrics@") },
      },
    });
    const named = bill.components.map((component: { name: string }) => component.name);
    const others = globSync("{*,@*/*}/package.json", { cwd: join(folder, "node_modules") }).map(dirname);
    const installedWithIt = others.filter((name) => name !== "orch-metrics");
    expect(named.toSorted()).toEqual([...installedWithIt, ...importedByPage()].toSorted());
    for (const { name, version, scope, licenses, hashes } of bill.components) {
      if (importedByPage().includes(name)) expect(scope).toBe("required");
      const from = installedWithIt.includes(name) ? folder : ROOT;
      const { version: ours, license } = JSON.parse(
        readFileSync(join(from, "node_modules", name, "package.json"), "utf8"),
      );
      expect({ name, version, licence: licenceIn(licenses) }).toEqual({
        name,
        version: ours,
        licence: license,
      });
      expect(hashes).toEqual([{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
    }
  });

  it("contains the licence of each package in its page", () => {
    const licenceTexts = readFileSync(join(installed, "dist/watchdog/page/licences.txt"), "utf8");
    expect(importedByPage()).toEqual(["preact", "uplot"]);
    for (const name of importedByPage())
      expect(licenceTexts).toContain(readFileSync(join(ROOT, "node_modules", name, "LICENSE"), "utf8"));
  });
});

const BILL_OF_MATERIALS = "dist/orch-metrics.cdx.json";

/** Returns the packages from which the page's sources import more than types. */
function importedByPage(): readonly string[] {
  const sources = globSync("watchdog/page/**/*.{ts,tsx,css}", { cwd: ROOT });
  const imported = sources.flatMap((source) => [
    ...readFileSync(join(ROOT, source), "utf8").matchAll(
      /^(?:import (?!type )|@import )[^;]*"([a-z@][^"/]*)/gm,
    ),
  ]);
  return [...new Set(imported.map(([, name = ""]) => name))].sort();
}

/** Returns the repository files that a packed file may come from. */
function sourceOf(file: string): readonly string[] {
  if (file.startsWith("dist/man/")) return ["scripts/manual-pages.ts"];
  if (file === BILL_OF_MATERIALS) return ["package-lock.json"];
  const page = /^dist\/(watchdog\/page\/)(?:(index\.html)|page\.(js|css)|licences\.txt)$/.exec(file);
  if (page) return [`${page[1]}${page[2] ?? (page[3] === "css" ? "styles/page.css" : "main.tsx")}`];
  if (/^dist\/(src|shared|client|watchdog|demo)\/.*(\.js|\.d\.ts)$/.test(file))
    return [file.slice("dist/".length).replace(/(\.js|\.d\.ts)$/, ".ts")];
  if (/^dist\/(gen\/|.*\.(sql|yaml)$)/.test(file)) return [file.slice("dist/".length)];
  return /^(dist|src|test|bench|scripts|node_modules)\//.test(file) || file === "proto/released.binpb"
    ? []
    : [file];
}

/** CycloneDX has one identifier, or an expression of several. */
function licenceIn([first]: readonly { license?: { id: string }; expression?: string }[]):
  | string
  | undefined {
  return first?.license?.id ?? first?.expression;
}
