/**
 * The runs of a suite: starts each scenario's processes, records them as their orchestrator would, and
 * performs their timed actions.
 */
import { appendFileSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { ago, job, run, type TestDatabase, task } from "../support/database.ts";
import type { Peers } from "./peers.ts";
import { AGENT, type Processes } from "./processes.ts";
import type { Part } from "./recording.ts";
import type { Command, Performance, Scenario, Stage } from "./scenario.ts";

const programOf = (name: string) => new URL(`./programs/${name}`, import.meta.url).pathname;
const HELPER = programOf("helper.mjs");
const PYTHON = programOf("agent.py");
const ON_TERMINAL = programOf("on-terminal.py");

/** When the turns of healthy processes start. */
const TURN_SECONDS = 60;

export interface Theatre extends Disposable {
  start(scenario: Scenario): Promise<void>;
  /** Performs what is due after that many seconds, and renews heartbeats. */
  act(seconds: number): Promise<void>;
  /** In the order of their start. */
  parts(): readonly Part[];
}

export interface House {
  readonly database: TestDatabase;
  readonly processes: Processes;
  readonly peers: Peers;
  readonly paced: (seconds: number) => number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function createTheatre(house: House): Theatre {
  const { database, paced } = house;
  const parts: Mutable<Part>[] = [];
  const descriptors: number[] = [];
  let due: { readonly seconds: number; readonly act: () => unknown }[] = [];
  const beating = new Set<string>();
  const after = (seconds: number, act: () => unknown) => due.push({ seconds: paced(seconds), act });

  return {
    async start(scenario) {
      const id = parts.length + 1;
      const folder = join(database.directory, String(id));
      mkdirSync(folder);
      const log = join(folder, "log");
      appendFileSync(log, "");
      const output = openSync(log, "a");
      descriptors.push(output);
      const performance = await scenario.start(stageFor(house, { folder, output, after }));
      const part = { runId: String(id), name: scenario.name, holdsFrom: Date.now() };
      parts.push(part);
      record(database, id, scenario, performance, log);
      const { turn, late, heartbeat } = performance;
      if (heartbeat) beating.add(part.runId);
      if (turn)
        after(TURN_SECONDS, async () => {
          await turn();
          part.holdsFrom = Date.now();
        });
      if (late)
        after(late.seconds, () =>
          database.connection.prepare("UPDATE agent_runs SET pid = ? WHERE id = ?").run(late.start(), id),
        );
    },
    async act(seconds) {
      const now = due.filter((one) => one.seconds <= seconds);
      due = due.filter((one) => one.seconds > seconds);
      for (const { act } of now) await act();
      const beat = database.connection.prepare("UPDATE agent_runs SET heartbeat_at = ? WHERE id = ?");
      for (const runId of beating) beat.run(new Date().toISOString(), runId);
    },
    parts: () => parts.map((part) => ({ ...part })),
    [Symbol.dispose]: () => descriptors.forEach(closeSync),
  };
}

/** Writes as the orchestrator of the reference schema does. */
function record(
  { insert }: TestDatabase,
  id: number,
  { name }: Scenario,
  { pid, host, finished, tokens, startedSecondsAgo = 0, hasLog = true }: Performance,
  log: string,
): void {
  insert("tasks", task(id, finished ? "done" : "development"));
  insert("jobs", job(id, "running", { task_id: id }));
  insert("agent_runs", {
    ...run(id, { agent: name, task_id: id, job_id: id, started_at: ago(startedSecondsAgo) }),
    pid,
    host: host ?? null,
    log_path: hasLog ? log : null,
    input_tokens: tokens ?? null,
  });
}

function stageFor(
  { processes, peers, paced }: House,
  own: { readonly folder: string; readonly output: number; readonly after: Stage["after"] },
): Stage {
  const words = (args: readonly (string | number)[]) => args.map(String);
  const line =
    (command: string, program: string): ((...args: readonly (string | number)[]) => Command) =>
    (...args) => [command, program, ...words(args)];
  const agentCommand = line(process.execPath, AGENT);
  const helperCommand = line(process.execPath, HELPER);
  const pythonCommand = line("python3", PYTHON);
  const run: Stage["run"] = (command, ...args) => processes.run(command, words(args), own.output);
  const onTerminal: Stage["onTerminal"] = async (command, ...args) =>
    Number(await processes.firstLine("python3", ON_TERMINAL, command, ...words(args)));
  return {
    processes,
    peers,
    paced,
    folder: own.folder,
    after: own.after,
    run,
    onTerminal,
    agentCommand,
    helperCommand,
    pythonCommand,
    agent: (...args) => run(...agentCommand(...args)),
    python: (...args) => run(...pythonCommand(...args)),
    agentOnTerminal: (...args) => onTerminal(...agentCommand(...args)),
  };
}
