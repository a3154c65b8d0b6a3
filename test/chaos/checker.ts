/** Compares each envelope with the truth of the commits that it may reflect. */
import { closeSync, openSync, readSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { advance, nothingYet, type State } from "./truth.ts";

/** The number of commits whose truth is kept: more than are made while a response is on its way. */
const KEPT = 20_000;

/** The sections of an envelope that have their own error. */
const SECTIONS = 7;

/** Generous, because a service takes seconds to start on a busy machine. */
const RECOVERY_MILLISECONDS = 60_000;

/** The errors that a section may report while its database is killed, stopped and started. */
const ALLOWED: readonly RegExp[] = [
  /^unavailable: /,
  /^deadline_exceeded: the database did not respond in time/,
  /^failed_precondition: the orchestrator was killed during a write/,
];

export interface Findings {
  readonly envelopes: number;
  readonly sections: number;
  readonly broken: Readonly<Record<string, number>>;
  readonly commits: number;
  readonly starts: number;
  readonly longestCommitMilliseconds: number;
  readonly wrong: readonly string[];
}

type Summary = Readonly<Record<string, string>>;

export class Checker {
  readonly #notes: number;
  readonly #buffer = Buffer.alloc(64 * 1024);
  readonly #state: State = nothingYet();
  readonly #truth = new Map<number, Summary>([[0, summaryOf(this.#state)]]);
  readonly #broken: Record<string, number> = {};
  readonly #wrong: string[] = [];
  #okAt = 0;
  #rest = "";
  #acknowledged = 0;
  #begun = 0;
  #starts = 0;
  #longestCommit = 0;
  #envelopes = 0;
  #sections = 0;

  constructor(notesPath: string) {
    this.#notes = openSync(notesPath, "a+");
  }

  /** Call this before a request: the response must contain everything committed so far. */
  begin(): number {
    this.#readNotes();
    return this.#acknowledged;
  }

  /** `since` is the result of `begin` for this request. */
  check(envelope: GetMetricsResponseJson, since: number): void {
    this.#readNotes();
    this.#envelopes += 1;
    const reported = this.#summary(envelope);
    const sections = Object.keys(reported);
    this.#sections += sections.length;
    if (sections.length === SECTIONS) this.#okAt = performance.now();
    if (sections.length === 0) return;
    for (let commit = this.#begun; commit >= since; commit -= 1) {
      const truth = this.#truth.get(commit);
      if (truth && sections.every((name) => reported[name] === truth[name])) return;
    }
    this.#wrong.push(this.#difference(reported, since));
  }

  /** Resolves with the first envelope without an error. Records a fault if that takes too long. */
  async untilOk(): Promise<void> {
    const began = performance.now();
    while (this.#okAt < began) {
      if (performance.now() - began > RECOVERY_MILLISECONDS) {
        this.note(`no sound envelope within ${RECOVERY_MILLISECONDS} ms of a fault's end`);
        return;
      }
      await sleep(50);
    }
  }

  note(wrong: string): void {
    this.#wrong.push(wrong);
  }

  findings(): Findings {
    this.#readNotes();
    return {
      envelopes: this.#envelopes,
      sections: this.#sections,
      broken: this.#broken,
      commits: this.#acknowledged,
      starts: this.#starts,
      longestCommitMilliseconds: this.#longestCommit,
      wrong: this.#wrong,
    };
  }

  close(): void {
    closeSync(this.#notes);
  }

  #readNotes(): void {
    for (;;) {
      const length = readSync(this.#notes, this.#buffer, 0, this.#buffer.length, null);
      if (length === 0) return;
      const lines = (this.#rest + this.#buffer.toString("latin1", 0, length)).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#take(line);
    }
  }

  #take(line: string): void {
    const [kind, commit, more] = line.split(" ");
    const n = Number(commit);
    if (kind === "i") {
      this.#begun = Math.max(this.#begun, n);
      while (this.#state.commits < n) {
        advance(this.#state);
        this.#truth.set(this.#state.commits, summaryOf(this.#state));
        this.#truth.delete(this.#state.commits - KEPT);
      }
    } else if (kind === "a") {
      this.#acknowledged = n;
      this.#longestCommit = Math.max(this.#longestCommit, Number(more));
    } else if (kind === "s") {
      this.#starts += 1;
      if (n < this.#acknowledged || n > this.#begun) this.#wrong.push(`the database lost commits: ${line}`);
      // Unacknowledged commits of the killed orchestrator count from here on.
      this.#acknowledged = n;
    } else if (kind === "e") {
      this.#wrong.push(`a commit was refused: ${line}`);
    }
  }

  #difference(reported: Summary, since: number): string {
    const window = `commits ${since} to ${this.#begun}`;
    const known = Object.entries(reported).map(([name, text]) => {
      const commits = [...this.#truth].filter(([, truth]) => truth[name] === text).map(([commit]) => commit);
      return `${name} is of ${commits.length > 0 ? `${commits[0]}…${commits.at(-1)}` : `none: ${text}; now ${this.#truth.get(this.#begun)?.[name]}`}`;
    });
    return `not one of ${window}: ${known.join("; ")}`;
  }

  /** Returns the contents of the envelope's readable sections, in the form of the truth. */
  #summary({ stages, queue, agents, cost }: GetMetricsResponseJson): Summary {
    const reported: Record<string, string> = {};
    const section = (
      name: string,
      error: { code?: string; message?: string } | null | undefined,
      summarize: () => unknown,
    ) => {
      if (!error) reported[name] = JSON.stringify(summarize());
      else this.#count(`${error.code}: ${error.message}`.replace(/\d+ %/, "… %"));
    };
    section("stages", stages?.error, () => [
      sorted(Object.entries(stages?.counts ?? {})),
      sorted((stages?.tasks ?? []).map(({ id, stage, work_item }) => [Number(id), stage, work_item])),
    ]);
    section("queue", queue?.error, () => [
      ["queued", "running", "done", "failed", "cancelled"].map((status) => queue?.counts?.[status]),
      queue?.retries?.retried_jobs,
      queue?.retries?.attempts_total,
      queue?.retries?.exhausted_jobs,
      queue?.retries?.delayed_jobs,
    ]);
    section("running", queue?.running?.error, () =>
      sorted((queue?.running?.items ?? []).map(({ job_id }) => Number(job_id))),
    );
    section("breakers", queue?.breakers?.error, () =>
      sorted((queue?.breakers?.items ?? []).map(({ name, state, failures }) => [name, state, failures])),
    );
    section("gates", queue?.gates?.error, () =>
      (queue?.gates?.items ?? []).map(({ holder_task_id, waiting }) => [
        Number(holder_task_id ?? 0),
        waiting,
      ]),
    );
    section("agents", agents?.error, () =>
      sorted(
        (agents?.running ?? []).map(({ run_id, job_id, agent, model, usage }) => [
          Number(run_id),
          Number(job_id),
          agent,
          model,
          usage?.cost_usd,
          usage?.input_tokens ?? null,
        ]),
      ),
    );
    section("cost", cost?.error, () => [
      cost?.totals?.runs,
      cost?.totals?.priced_runs,
      cost?.totals?.cost_usd,
      cost?.totals?.input_tokens ?? null,
    ]);
    return reported;
  }

  #count(error: string): void {
    this.#broken[error] = (this.#broken[error] ?? 0) + 1;
    if (!ALLOWED.some((pattern) => pattern.test(error)))
      this.#wrong.push(`an error that nothing explains: ${error}`);
  }
}

function summaryOf(state: State): Summary {
  const jobs = [...state.jobs];
  const counted = (status: string) => jobs.filter(([, job]) => job.status === status).length;
  const counts: Record<string, number> = {};
  for (const stage of state.tasks.values()) counts[stage] = (counts[stage] ?? 0) + 1;
  const { done, failed, cancelled } = state.finished;
  return {
    stages: JSON.stringify([
      sorted(Object.entries(counts)),
      sorted([...state.tasks].map(([id, stage]) => [id, stage, `ORCH-${id}`])),
    ]),
    queue: JSON.stringify([
      [counted("queued"), counted("running"), done, failed, cancelled],
      state.retriedJobs,
      state.attempts,
      state.exhausted,
      jobs.filter(([, { isDelayed }]) => isDelayed).length,
    ]),
    running: JSON.stringify(sorted(jobs.filter(([, { status }]) => status === "running").map(([id]) => id))),
    breakers: JSON.stringify([
      ["api", state.breaker.state, state.breaker.failures],
      ["commits", "closed", state.commits],
    ]),
    gates: JSON.stringify([[state.gate.holder ?? 0, state.gate.waiting]]),
    agents: JSON.stringify(
      sorted(
        [...state.runs].map(([id, run]) => [
          id,
          run.jobId,
          run.agent,
          run.model ?? "",
          run.costUsd,
          run.inputTokens,
        ]),
      ),
    ),
    cost: JSON.stringify([
      state.spent.runs,
      state.spent.pricedRuns,
      state.spent.pricedRuns === 0 && state.spent.runs > 0 ? null : state.spent.costUsd,
      state.spent.inputTokens,
    ]),
  };
}

function sorted<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => [JSON.stringify(item), item] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, item]) => item);
}
