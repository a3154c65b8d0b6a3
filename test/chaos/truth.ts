/**
 * The contents of the chaos run's database after its n-th commit, derived from n alone. The writer makes its
 * commits from it, and the checker compares each response with it. A commit that a kill undid is repeated
 * unchanged.
 */

/** What one commit does to the database. */
export type Sql = readonly [text: string, values: readonly (string | number | null)[]];

interface Job {
  status: string;
  attempts: number;
  isDelayed: boolean;
}

interface Run {
  readonly jobId: number;
  readonly agent: string;
  readonly model: string | null;
  inputTokens: number | null;
  costUsd: number | null;
}

export interface State {
  commits: number;
  lastTask: number;
  lastJob: number;
  lastRun: number;
  /** Active tasks, by id. */
  readonly tasks: Map<number, string>;
  /** Queued, running and failed jobs, by id. */
  readonly jobs: Map<number, Job>;
  /** Running runs, by id. */
  readonly runs: Map<number, Run>;
  readonly finished: Record<"done" | "failed" | "cancelled", number>;
  retriedJobs: number;
  attempts: number;
  exhausted: number;
  readonly spent: Spent;
  breaker: { state: string; failures: number };
  gate: { holder: number | null; waiting: number };
}

interface Spent {
  runs: number;
  pricedRuns: number;
  costUsd: number;
  inputTokens: number | null;
}

const AT = "2026-01-31T12:00:00.000Z";
const LATER = "2099-01-31T12:00:00.000Z";
const MAX_ATTEMPTS = 3;
const NEXT_STAGE: Readonly<Record<string, string>> = {
  analysis: "development",
  development: "review",
  review: "done",
};

export function nothingYet(): State {
  return {
    commits: 0,
    lastTask: 0,
    lastJob: 0,
    lastRun: 0,
    tasks: new Map(),
    jobs: new Map(),
    runs: new Map(),
    finished: { done: 0, failed: 0, cancelled: 0 },
    retriedJobs: 0,
    attempts: 0,
    exhausted: 0,
    spent: { runs: 0, pricedRuns: 0, costUsd: 0, inputTokens: null },
    breaker: { state: "closed", failures: 0 },
    gate: { holder: null, waiting: 0 },
  };
}

/** Makes the next commit: changes the state, and returns the statements that do the same to the database. */
export function advance(state: State): readonly Sql[] {
  state.commits += 1;
  const draw = draws(state.commits);
  const possible = STEPS.filter(({ isPossible }) => isPossible(state));
  const { make } = possible[draw(possible.length)] as Step;
  return [
    ...make(state, draw),
    ["UPDATE circuit_breakers SET failures = ? WHERE name = 'commits'", [state.commits]],
  ];
}

interface Step {
  readonly isPossible: (state: State) => boolean;
  readonly make: (state: State, draw: Draw) => Sql[];
}

/** Returns a whole number from 0, below the given one. */
type Draw = (below: number) => number;

const idsOf = (state: State, status: string) =>
  [...state.jobs].filter(([, job]) => job.status === status && !job.isDelayed).map(([id]) => id);
const delayed = (state: State) => [...state.jobs].filter(([, job]) => job.isDelayed).map(([id]) => id);
const one = <T>(from: readonly T[], draw: Draw) => from[draw(from.length)] as T;

const STEPS: readonly Step[] = [
  {
    isPossible: ({ tasks }) => tasks.size < 25,
    make(state) {
      state.lastTask += 1;
      state.tasks.set(state.lastTask, "analysis");
      return [
        [
          "INSERT INTO tasks VALUES (?, ?, '', 'analysis', ?, ?, ?)",
          [state.lastTask, `ORCH-${state.lastTask}`, AT, AT, AT],
        ],
      ];
    },
  },
  {
    isPossible: ({ tasks }) => tasks.size > 3,
    make(state, draw) {
      const id = one([...state.tasks.keys()], draw);
      const next = draw(8) === 0 ? "cancelled" : (NEXT_STAGE[state.tasks.get(id) ?? ""] ?? "done");
      if (next in state.finished) state.tasks.delete(id);
      else state.tasks.set(id, next);
      return [["UPDATE tasks SET stage = ? WHERE id = ?", [next, id]]];
    },
  },
  {
    isPossible: (state) => idsOf(state, "queued").length + delayed(state).length < 20,
    make(state, draw) {
      const isDelayed = draw(5) === 0;
      state.lastJob += 1;
      state.jobs.set(state.lastJob, { status: "queued", attempts: 0, isDelayed });
      return [
        [
          "INSERT INTO jobs (id, kind, status, max_attempts, available_at, created_at, last_error) VALUES (?, 'developer', 'queued', ?, ?, ?, ?)",
          [state.lastJob, MAX_ATTEMPTS, isDelayed ? LATER : AT, AT, "x".repeat(draw(2000))],
        ],
      ];
    },
  },
  {
    isPossible: (state) => delayed(state).length > 0,
    make(state, draw) {
      const id = one(delayed(state), draw);
      (state.jobs.get(id) as Job).isDelayed = false;
      return [["UPDATE jobs SET available_at = ? WHERE id = ?", [AT, id]]];
    },
  },
  {
    isPossible: (state) => state.runs.size < 12 && idsOf(state, "queued").length > 0,
    make: start,
  },
  {
    isPossible: ({ runs }) => runs.size > 0,
    make(state, draw) {
      const id = one([...state.runs.keys()], draw);
      const run = state.runs.get(id) as Run;
      if (run.costUsd === null) state.spent.pricedRuns += 1;
      const tokens = draw(1000);
      run.costUsd = (run.costUsd ?? 0) + 0.25;
      run.inputTokens = (run.inputTokens ?? 0) + tokens;
      state.spent.costUsd += 0.25;
      state.spent.inputTokens = (state.spent.inputTokens ?? 0) + tokens;
      return [
        [
          "UPDATE agent_runs SET cost_usd = ?, input_tokens = ? WHERE id = ?",
          [run.costUsd, run.inputTokens, id],
        ],
      ];
    },
  },
  {
    isPossible: ({ runs }) => runs.size > 0,
    make: finish,
  },
  {
    isPossible: (state) => idsOf(state, "failed").length > 0,
    make(state, draw) {
      const id = one(idsOf(state, "failed"), draw);
      const job = state.jobs.get(id) as Job;
      state.finished.failed -= 1;
      if (job.attempts >= MAX_ATTEMPTS) state.exhausted -= 1;
      job.status = "queued";
      return [["UPDATE jobs SET status = 'queued', finished_at = NULL WHERE id = ?", [id]]];
    },
  },
  {
    isPossible: () => true,
    make(state, draw) {
      state.breaker = { state: one(["closed", "open", "half_open"], draw), failures: draw(9) };
      return [
        [
          "UPDATE circuit_breakers SET state = ?, failures = ? WHERE name = 'api'",
          [state.breaker.state, state.breaker.failures],
        ],
      ];
    },
  },
  {
    isPossible: ({ lastTask }) => lastTask > 0,
    make(state, draw) {
      state.gate = { holder: draw(3) === 0 ? null : 1 + draw(state.lastTask), waiting: draw(5) };
      return [
        ["UPDATE serial_gates SET holder_task_id = ?, waiting = ?", [state.gate.holder, state.gate.waiting]],
      ];
    },
  },
];

function start(state: State, draw: Draw): Sql[] {
  const id = one(idsOf(state, "queued"), draw);
  const job = state.jobs.get(id) as Job;
  job.status = "running";
  job.attempts += 1;
  state.attempts += 1;
  if (job.attempts === 2) state.retriedJobs += 1;
  state.lastRun += 1;
  state.spent.runs += 1;
  const run = {
    jobId: id,
    agent: one(["analyst", "developer"], draw),
    model: one([null, "large", "small"], draw),
  };
  state.runs.set(state.lastRun, { ...run, inputTokens: null, costUsd: null });
  return [
    ["UPDATE jobs SET status = 'running', attempts = ?, started_at = ? WHERE id = ?", [job.attempts, AT, id]],
    [
      "INSERT INTO agent_runs (id, job_id, agent, model, host, started_at) VALUES (?, ?, ?, ?, 'elsewhere', ?)",
      [state.lastRun, id, run.agent, run.model, AT],
    ],
  ];
}

function finish(state: State, draw: Draw): Sql[] {
  const runId = one([...state.runs.keys()], draw);
  const { jobId } = state.runs.get(runId) as Run;
  const job = state.jobs.get(jobId) as Job;
  const canRetry = job.attempts < MAX_ATTEMPTS;
  const status = one(["done", "failed", "cancelled", ...(canRetry ? ["queued"] : [])], draw);
  state.runs.delete(runId);
  job.status = status;
  if (status !== "queued") state.finished[status as keyof State["finished"]] += 1;
  if (status === "failed" && !canRetry) state.exhausted += 1;
  if (status === "done" || status === "cancelled") state.jobs.delete(jobId);
  return [
    [
      "UPDATE jobs SET status = ?, finished_at = ? WHERE id = ?",
      [status, status === "queued" ? null : AT, jobId],
    ],
    ["UPDATE agent_runs SET finished_at = ?, exit_code = 0 WHERE id = ?", [AT, runId]],
  ];
}

/** Numbers derived from n alone: mulberry32. */
function draws(n: number): Draw {
  let seed = Math.imul(n, 0x9e3779b1);
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
