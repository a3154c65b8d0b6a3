/** The demo's agents: real processes, each with a row in agent_runs and a log file. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { type DemoDatabase, fromNow, insert } from "./database.ts";
import { insertTask, STAGE_OF } from "./pipeline.ts";

const SCRIPT = new URL(`./agent${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url).pathname;

/** The agents. Their names describe what the process does. */
export const CREW = [
  { agent: "busy-developer", kind: "developer", behaviour: "busy", model: "model-large", priced: true },
  { agent: "waiting-tester", kind: "reviewer", behaviour: "waiting", model: "model-large", priced: true },
  { agent: "hung-reviewer", kind: "reviewer", behaviour: "hung", model: "model-small", priced: false },
  { agent: "ending-analyst", kind: "analyst", behaviour: "ending", model: "model-small", priced: true },
  { agent: "killed-architect", kind: "architect", behaviour: "busy", model: null, priced: true },
] as const;

type Member = (typeof CREW)[number];

interface Running {
  readonly run: number;
  readonly work: Work;
  readonly member: Member;
  readonly child: ChildProcess;
}

/** The task and job that a run works on, which last as long as the run. */
interface Work {
  readonly task: number;
  readonly job: number;
}

/** A run that has ended, but is not noticed until a time. */
interface Ended extends Omit<Running, "child"> {
  readonly code: number | null;
  readonly noticedAt: number;
}

const KILLED_EVERY_TICKS = 48;
/** How long a killed agent's row stays open, as with an orchestrator that does not notice at once. */
const KILL_NOTICED_AFTER_MILLISECONDS = 5_000;
const END_NOTICED_AFTER_MILLISECONDS = 500;

export interface Agents {
  step(step: number): Promise<void>;
  /** Ends every agent and its children. */
  stop(): Promise<void>;
}

export async function startAgents(database: DemoDatabase, logs: string): Promise<Agents> {
  const running = new Set<Running>();
  const ended = new Set<Ended>();

  async function start(member: Member): Promise<void> {
    const work = await startWork(database, member.kind);
    const run = await insert(
      database,
      `INSERT INTO agent_runs (task_id, job_id, agent, model, started_at, heartbeat_at, cost_usd)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      work.task,
      work.job,
      member.agent,
      member.model,
      fromNow(0),
      fromNow(0),
      member.priced ? 0 : null,
    );
    const logPath = join(logs, `run-${run}.log`);
    // In its own process group, so that Ctrl-C in the terminal reaches its orchestrator first.
    const child = spawn(process.execPath, [...process.execArgv, SCRIPT, member.behaviour, logPath], {
      detached: true,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const entry = { run, work, member, child };
    running.add(entry);
    child.once("exit", (code) => {
      running.delete(entry);
      const after = code === null ? KILL_NOTICED_AFTER_MILLISECONDS : END_NOTICED_AFTER_MILLISECONDS;
      ended.add({ run, work, member, code, noticedAt: performance.now() + after });
    });
    await database.run(
      "UPDATE agent_runs SET pid = ?, log_path = ? WHERE id = ?",
      child.pid ?? null,
      logPath,
      run,
    );
  }

  /** Closes the rows, and starts another run of the same member. */
  async function follow(entry: Ended): Promise<void> {
    ended.delete(entry);
    await endWork(database, entry.work, entry.code === 0 ? "done" : "failed");
    await database.run(
      "UPDATE agent_runs SET finished_at = ?, exit_code = ? WHERE id = ?",
      fromNow(0),
      entry.code,
      entry.run,
    );
    await start(entry.member);
  }

  for (const member of CREW) await start(member);
  await database.run(
    `INSERT INTO agent_runs (agent, model, host, pid, started_at) VALUES ('remote-developer', 'model-large', 'builder-2', 4242, ?)`,
    fromNow(-300),
  );

  return {
    async step(step) {
      for (const entry of [...ended]) if (entry.noticedAt <= performance.now()) await follow(entry);
      for (const { run, member, child } of [...running]) {
        if (member.behaviour !== "hung") await beat(database, run);
        // An agent that waits for a child makes no model calls.
        if (member.behaviour === "busy" || member.behaviour === "ending")
          await spend(database, run, member.priced);
        if (member.agent === "killed-architect" && step % KILLED_EVERY_TICKS === 12) child.kill("SIGKILL");
      }
    },
    async stop() {
      await Promise.all([...running].map(({ child }) => end(child)));
    },
  };
}

async function startWork(database: DemoDatabase, kind: keyof typeof STAGE_OF): Promise<Work> {
  const task = await insertTask(database, STAGE_OF[kind], 0);
  const now = fromNow(0);
  const job = await insert(
    database,
    `INSERT INTO jobs (task_id, kind, status, attempts, available_at, created_at, started_at)
     VALUES (?, ?, 'running', 1, ?, ?, ?)`,
    task,
    kind,
    now,
    now,
    now,
  );
  return { task, job };
}

async function endWork(database: DemoDatabase, { task, job }: Work, how: "done" | "failed"): Promise<void> {
  const now = fromNow(0);
  await database.run("UPDATE jobs SET status = ?, finished_at = ? WHERE id = ?", how, now, job);
  await database.run(
    "UPDATE tasks SET stage = ?, stage_entered_at = ?, updated_at = ? WHERE id = ?",
    how,
    now,
    now,
    task,
  );
}

async function beat(database: DemoDatabase, run: number): Promise<void> {
  await database.run("UPDATE agent_runs SET heartbeat_at = ? WHERE id = ?", fromNow(0), run);
}

async function spend(database: DemoDatabase, run: number, priced: boolean): Promise<void> {
  await database.run(
    `UPDATE agent_runs SET input_tokens = COALESCE(input_tokens, 0) + 120,
       output_tokens = COALESCE(output_tokens, 0) + 35, cache_read_tokens = COALESCE(cache_read_tokens, 0) + 900,
       cost_usd = CASE WHEN ? THEN COALESCE(cost_usd, 0) + 0.0003 END WHERE id = ?`,
    priced ? 1 : 0,
    run,
  );
}

/** Kills the whole process group, including the agent's children. */
function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return resolve();
    child.once("exit", () => resolve());
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      child.kill("SIGKILL");
    }
  });
}
