/** Each shell loads the completion script that the program prints, and completes words with it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { completionScript } from "../../shared/completion.ts";
import { UsageError } from "../../shared/operator-error.ts";
import { describeProgram } from "../../src/command-line.ts";
import { describeProgram as describeWatchdog } from "../../watchdog/main.ts";
import { environment } from "../support/program.ts";
import { requires } from "../support/requires.ts";
import { runProgram } from "../support/service.ts";

const needs = (...programs: readonly string[]) =>
  requires(
    programs.every((program) => spawnSync("which", [program]).status === 0),
    `${programs.join(" and ")}, by apt-get install`,
  );

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  for (const shell of ["bash", "zsh", "fish"]) {
    const both = [describeProgram(), describeWatchdog()].map((program) => completionScript(program, shell));
    writeFileSync(join(folder, shell), both.join("\n"));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: readonly string[], input = "", env: Record<string, string> = {}) {
  return spawnSync(command, args, { encoding: "utf8", input, timeout: 30_000, env: environment(env) }).stdout;
}

describe("bash", needs("bash"), () => {
  /** Returns what it offers for the last word. */
  function offered(...words: readonly string[]): readonly string[] {
    const script = `source ${folder}/bash; compopt() { echo PATH; }; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      $(complete -p "$1" | sed 's/.*-F \\(\\S*\\).*/\\1/'); printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run("bash", ["-c", script, "bash", ...words])
      .split("\n")
      .filter(Boolean);
  }

  it.each<[words: string, offers: readonly string[]]>([
    ["orch-metrics se", ["serve"]],
    ["orch-metrics profiles te", ["PATH", "test"]],
    ["orch-metrics completion ", ["bash", "zsh", "fish"]],
    ["orch-metrics serve --max-i", ["--max-items"]],
    ["orch-metrics init --max-i", []],
    ["orch-metrics serve --log-level de", ["debug"]],
    ["orch-metrics serve --log-level = de", ["debug"]],
    ["orch-metrics serve --log-level =", ["debug", "info", "warn", "error", "silent"]],
    ["orch-metrics serve --enabled ", ["true", "false"]],
    ["orch-metrics serve --enabled --port", ["--port"]],
    ["orch-metrics serve --port ", []],
    ["orch-metrics serve --database ", ["PATH"]],
    ["orch-metrics profiles test ", ["PATH"]],
    ["orch-watchdog --poll", ["--poll-seconds"]],
    ["orch-watchdog --targets ", ["PATH"]],
    ["orch-watchdog --print", ["--print-thresholds"]],
    ["orch-watchdog completion f", ["fish"]],
  ])("offers for %j: %j", (words, offers) => {
    expect(offered(...words.split(" "))).toEqual(offers);
  });
});

describe("fish", needs("fish"), () => {
  const offered = (words: string) =>
    run("fish", ["--no-config", "-c", `source ${folder}/fish; complete -C "${words}"`])
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split("\t", 1)[0]);

  it.each<[words: string, offers: readonly string[]]>([
    ["orch-metrics se", ["serve"]],
    ["orch-metrics completion ", ["bash", "fish", "zsh"]],
    ["orch-metrics serve --max-i", ["--max-items"]],
    ["orch-metrics init --max-i", []],
    ["orch-metrics serve --log-level de", ["debug"]],
    ["orch-metrics serve --port ", []],
    ["orch-metrics serve --database /et", ["/etc/"]],
    ["orch-watchdog --poll", ["--poll-seconds"]],
    ["orch-watchdog --target a=http://h --thre", ["--thresholds"]],
    ["orch-watchdog completion f", ["fish"]],
  ])("offers for %j: %j", (words, offers) => {
    expect(offered(words)).toEqual(offers);
  });
});

describe("zsh", needs("zsh", "script"), () => {
  beforeAll(() => {
    writeFileSync(
      join(folder, ".zshrc"),
      `autoload -Uz compinit; compinit -u -D; source ${folder}/zsh; bindkey '^I' complete-word
       for name in orch-metrics orch-watchdog; do functions[$name]='print -r -- "RAN<$*>"'; done`,
    );
  });

  /** Returns the arguments that a command got when it was typed on a terminal. */
  function ran(typed: string): string | undefined {
    const env = { ZDOTDIR: folder, TERM: "dumb" };
    const shown = run("script", ["-qec", "zsh -i", "/dev/null"], `${typed}\nexit\n`, env);
    return /RAN<(.*?)>/.exec(shown)?.[1];
  }

  it.each<[typed: string, words: string]>([
    ["orch-metrics ser\t--log-l\tde\t", "serve --log-level=debug"],
    ["orch-metrics profi\tte\t", "profiles test"],
    ["orch-metrics snapshot --database /etc/host\t --fail=f\t", "snapshot --database /etc/host"],
    ["orch-metrics completion fi\t", "completion fish"],
    ["orch-watchdog --poll-s\t3 --log-level wa\t", "--poll-seconds=3 --log-level warn"],
    ["orch-watchdog --target a=b --thre\t/etc/passw\t", "--target a=b --thresholds=/etc/passwd"],
  ])("completes %j to %j", (typed, words) => {
    expect(ran(typed)).toMatch(new RegExp(`^${words.replaceAll("/", "\\/")}`));
  });
});

it("refuses an unknown shell, and lists the supported ones", async () => {
  expect(() => completionScript(describeProgram(), "tcsh")).toThrow(UsageError);
  const { code, stderr } = await runProgram(["completion", "tcsh"]);
  expect([code, stderr]).toEqual([2, 'orch-metrics: unknown shell "tcsh": use bash, zsh, fish\n']);
});
