/** Dependencies point inwards: `npm run lint` rejects a file that breaks one of the rules. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const ROOT = new URL("../..", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The importing file, and the import path as written. */
const REFUSED: readonly (readonly [string, string])[] = [
  ["src/procfs/stat.ts", "../metrics/section.ts"],
  ["src/profiles/parse.ts", "../repositories/source-failure.ts"],
  ["src/repositories/sqlite/reader.ts", "../../metrics/collect.ts"],
  ["src/repositories/sql/parts/cost.ts", "../../../../gen/orchestrator/metrics/v1/metrics_pb.js"],
  ["src/drafting/draft.ts", "../commands/init.ts"],
  ["src/metrics/collect.ts", "../server/answer.ts"],
  ["src/metrics/queue.ts", "../repositories/sql/statements.ts"],
  ["src/metrics/stages.ts", "node:http"],
  ["src/exposition/families.ts", "../server/answer.ts"],
  ["src/health/health.ts", "../metrics/service.ts"],
  ["src/reflection/reflection.ts", "../metrics/service.ts"],
  ["src/server/handler.ts", "../repositories/sqlite/open.ts"],
  ["src/server/listen.ts", "../procfs/stat.ts"],
  ["src/server/json.ts", "../../watchdog/api.ts"],
  ["src/access.ts", "./commands/serve.ts"],
  ["shared/read-settings.ts", "../src/settings.ts"],
  ["shared/settings-help.ts", "../watchdog/config/settings.ts"],
  ["client/index.ts", "../src/index.ts"],
  ["watchdog/main.ts", "../src/settings.ts"],
  ["watchdog/rules/evaluate.ts", "../../src/metrics/section.ts"],
  ["watchdog/targets/target.ts", "../../client/other.ts"],
  ["watchdog/words/verdicts.ts", "../page/parts/badge.tsx"],
  ["watchdog/page/app.tsx", "../server/views.ts"],
  ["watchdog/page/views/fleet.tsx", "../../history/series.ts"],
];

const ACCEPTED: readonly (readonly [string, string])[] = [
  ["src/repositories/sqlite/reader.ts", "../../procfs/mountinfo.ts"],
  ["src/drafting/draft.ts", "../profiles/contract.ts"],
  ["src/metrics/collect.ts", "../repositories/repository.ts"],
  ["src/metrics/collect.ts", "../../gen/orchestrator/metrics/v1/metrics_pb.js"],
  ["src/exposition/families.ts", "../metrics/section.ts"],
  ["src/server/handler.ts", "../metrics/service.ts"],
  ["src/command-line.ts", "./commands/serve.ts"],
  ["src/settings.ts", "../shared/read-settings.ts"],
  ["watchdog/config/settings.ts", "../../shared/read-settings.ts"],
  ["watchdog/targets/target.ts", "../../client/index.ts"],
  ["watchdog/words/verdicts.ts", "../judgement/verdict.ts"],
  ["watchdog/page/views/fleet.tsx", "../../api.ts"],
  ["watchdog/page/views/fleet.tsx", "../../words/format.ts"],
];

/** Returns the linter's output for files with these contents, under the project's own configuration. */
function lint(files: Readonly<Record<string, string>>): string {
  const project = mkdtempSync(join(folder, "project-"));
  for (const name of ["biome.json", "biome.imports.json"])
    copyFileSync(`${ROOT}/${name}`, join(project, name));
  symlinkSync(`${ROOT}/node_modules`, join(project, "node_modules"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  }
  const flags = ["lint", "--reporter=github", "--max-diagnostics=none", "--vcs-enabled=false", "."];
  const { stdout, stderr } = spawnSync(`${ROOT}/node_modules/.bin/biome`, flags, {
    cwd: project,
    encoding: "utf8",
  });
  return stdout + stderr;
}

describe("the linter", () => {
  /** `type` imports are rejected too, because a reader follows them like any other. */
  const importing = (cases: typeof REFUSED) =>
    Object.fromEntries(
      Object.entries(Object.groupBy(cases, ([file]) => file)).map(([file, imports = []]) => [
        file,
        imports.map(([, path], at) => `export type { A${at} } from "${path}";\n`).join(""),
      ]),
    );
  const refused = lint(importing(REFUSED));
  const accepted = lint(importing(ACCEPTED));

  for (const [file, path] of REFUSED) {
    it(`rejects ${path} in ${file}`, () =>
      expect(refused).toMatch(new RegExp(`noRestrictedImports.*${file}`)));
  }

  for (const [file, path] of ACCEPTED) {
    it(`accepts ${path} in ${file}`, () => expect(accepted).not.toContain(file));
  }

  it("rejects a cycle, including one of types", () => {
    const said = lint({
      "src/metrics/one.ts": `import type { Two } from "./two.ts";\nexport type One = Two | 1;\n`,
      "src/metrics/two.ts": `import type { One } from "./one.ts";\nexport type Two = One | 2;\n`,
    });
    expect(said).toContain("noImportCycles");
  });
});
