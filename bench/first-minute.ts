/**
 * The first minute of a new user: packs the package, installs it into an empty folder, starts three agents of which one
 * stalls, runs `npx orch-metrics up`, and prints how long each step takes, up to the named stall.
 *
 *     npm run bench:first-minute -- [deadlock|stopped|question]
 *     npm run recording
 *
 * The second writes what the terminal showed, up to the alert, to docs/pictures/up.svg. The agents are real processes with the
 * names of CLIs (test/scenarios/programs/agent.mjs). A question takes Python, for its terminal.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Chunk, terminalSvg } from "../scripts/terminal-svg.ts";
import { AGENT } from "../test/scenarios/processes.ts";
import type { Target } from "../watchdog/api.ts";

const COMMAND = ["npx", "orch-metrics", "up"];
const STALLED = ["hung", "stopped", "waiting_for_person"];
const ON_TERMINAL = new URL("../test/scenarios/programs/on-terminal.py", import.meta.url).pathname;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { svg: { type: "string" } } });
const [stall = "deadlock"] = positionals;

const folder = mkdtempSync(join(tmpdir(), "orch-first-minute-"));
const children: ChildProcess[] = [];

/** An agent in a folder of its own, under the name of a CLI. */
function startAgent(name: string, task: string, behaviour: readonly string[], isOnTerminal = false): number {
  const cwd = join(folder, task);
  mkdirSync(cwd);
  const words = [process.execPath, AGENT, ...behaviour].map((word) => `'${word}'`).join(" ");
  const command = ["bash", "-c", `exec -a ${name} ${words}`];
  const [file = "", ...args] = isOnTerminal ? ["python3", ON_TERMINAL, ...command] : command;
  const log = isOnTerminal ? ("ignore" as const) : openSync(join(cwd, "session.log"), "a");
  const child = spawn(file, args, { cwd, detached: true, stdio: ["ignore", log, "ignore"] });
  children.push(child);
  return child.pid as number;
}

function install(): void {
  const root = new URL("..", import.meta.url).pathname;
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: root });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  const began = performance.now();
  execFileSync("npm", ["install", "--silent", `./${tarball}`], { cwd: folder });
  console.log(`npm install: ${seconds(performance.now() - began)}`);
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;

/** Polls until there is something. */
async function found<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    await sleep(200);
  }
}

async function measure(): Promise<readonly Chunk[]> {
  const began = performance.now();
  const print = (what: string) => console.log(`${what}: ${seconds(performance.now() - began)}`);
  const [file = "", ...args] = COMMAND;
  const env = { ...process.env, XDG_STATE_HOME: join(folder, "state"), FORCE_COLOR: "1" };
  const up = spawn(file, args, { cwd: folder, env, detached: true });
  children.push(up);
  const chunks: Chunk[] = [];
  for (const stream of [up.stdout, up.stderr])
    stream.on("data", (text) => chunks.push({ milliseconds: performance.now() - began, text: String(text) }));
  const printed = () => chunks.map(({ text }) => text).join("");
  const page = await found(() => {
    if (up.exitCode !== null) throw new Error(printed());
    return /Page: +(\S+)/.exec(printed())?.[1];
  });
  print("the page's address");
  await fetch(page);
  print("the page");
  const agents = await found(
    () => /^(Running agents found: .*|Found no running agent)/m.exec(printed())?.[1],
  );
  if (agents.split(", ").length !== 3) throw new Error(`another agent runs on this machine:\n${printed()}`);
  print("the names of the agents");
  const { targets } = (await (await fetch(`${page}/api/fleet`)).json()) as { targets: { name: string }[] };
  const name = targets[0]?.name ?? "";
  const verdict = await found(async () => {
    const { agents } = (await (await fetch(`${page}/api/targets/${name}`)).json()) as Target;
    const named = agents.find(
      ({ agent, verdict: { name: word } }) => agent === "opencode" && STALLED.includes(word),
    );
    return named?.verdict.name;
  });
  print(`"opencode: ${verdict}" on the page`);
  await found(() => /firing: opencode/.exec(printed())?.[0]);
  await sleep(500);
  print("its alert in the terminal");
  const shown = [...chunks];
  process.kill(-(up.pid as number), "SIGINT");
  const stopping = performance.now();
  await once(up, "close");
  console.log(`Ctrl-C: ${seconds(performance.now() - stopping)}`);
  return shown;
}

try {
  install();
  startAgent("claude", "shop", ["busy"]);
  startAgent("codex", "api", ["parent", "100000"]);
  if (stall === "question")
    startAgent("opencode", "docs", ["tool-on-terminal", "sh", "-c", "read -r answer"], true);
  else {
    const pid = startAgent("opencode", "docs", [stall === "stopped" ? "busy" : "deadlocked"]);
    // Once it runs under its name.
    await sleep(1_000);
    if (stall === "stopped") process.kill(pid, "SIGSTOP");
  }
  const chunks = await measure();
  if (values.svg) writeFileSync(values.svg, terminalSvg(COMMAND.join(" "), chunks));
} finally {
  for (const { pid } of children) {
    try {
      process.kill(-(pid as number), "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
  rmSync(folder, { recursive: true, force: true });
}
