/** One watched target and its state over all readings. It uses no network, file or clock of its own. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type GetMetricsResponse, GetMetricsResponseSchema } from "../../client/index.ts";
import type { Target as ApiTarget, TargetState } from "../api.ts";
import type { TargetAddress } from "../config/targets-file.ts";
import type { Thresholds } from "../config/thresholds.ts";
import type { Point } from "../history/point.ts";
import { milliseconds, readable } from "../judgement/fields.ts";
import type { RunState } from "../judgement/judge.ts";
import { duration } from "../words/text.ts";
import { type HeldAgents, type JudgedAgent, judgeAgents } from "./agents.ts";
import { activeTasks, failuresOf, isPriced, type Totals, totalsOf } from "./envelope.ts";
import type { Outcome } from "./read-target.ts";
import { addUpRuns } from "./runs.ts";
import { type Counter, createLedger, increment, startOfDay } from "./spend.ts";
import { clockOffset, moveTimes } from "./their-clock.ts";
import { extendTrail, type TrailPoint } from "./trail.ts";

const HOUR = 3_600_000;

/** The state that an earlier run stored: JSON, and the points since midnight, oldest first. */
export interface Restored {
  readonly counter?: Counter | undefined;
  readonly agents?: HeldAgents | undefined;
  readonly points: readonly Point[];
}

export class Target {
  readonly address: TargetAddress;
  state: TargetState = "not_read_yet";
  note: string | undefined;
  /** When the last envelope was read; undefined: never. */
  readAt: number | undefined;
  /** When a different envelope was last read. */
  newAt = 0;
  /** From the last envelope, like the rest; absent if it has none. */
  schemaVersion: number | undefined;
  activeTasks: number | undefined;
  failures: ReturnType<typeof failuresOf> | undefined;
  /** Whether the envelope lists the running agents. */
  hasAgents = false;
  agents: readonly JudgedAgent[] = [];
  totals: Totals = {};
  trail: readonly TrailPoint[] = [];
  counter: Counter | undefined;
  #envelope: GetMetricsResponse | Uint8Array | undefined;
  #states: ReadonlyMap<string, RunState>;
  readonly #ledger = createLedger();
  #isPriced = false;
  #epoch: string | undefined;
  #generatedAt: number | undefined;
  #clockOffset = 0;

  constructor(address: TargetAddress, { counter, agents = {}, points }: Restored = { points: [] }) {
    this.address = address;
    this.#states = new Map(Object.entries(agents));
    this.counter = counter;
    this.#epoch = counter?.epoch;
    for (const point of points) {
      const { at, spend, spendSeconds } = point;
      if (spend && spendSeconds) this.#ledger.add({ from: at - spendSeconds * 1000, to: at, usd: spend });
      this.trail = extendTrail(this.trail, point);
    }
  }

  /** The last one; undefined before the first. After `pack` each call decodes it, so do not use it for lists of targets. */
  get envelope(): GetMetricsResponse | undefined {
    const kept = this.#envelope;
    return kept instanceof Uint8Array ? fromBinary(GetMetricsResponseSchema, kept) : kept;
  }

  /** Stores the envelope as bytes, a fifth of the memory of its objects, once the rules were evaluated. */
  pack(): void {
    const kept = this.#envelope;
    if (kept && !(kept instanceof Uint8Array)) this.#envelope = toBinary(GetMetricsResponseSchema, kept);
  }

  /** Adds the result of a reading. Returns the point for the history; undefined if there is nothing new. */
  record(outcome: Outcome, now: number, thresholds: Thresholds): Point | undefined {
    if (!("envelope" in outcome)) {
      this.state = outcome.state;
      this.note = outcome.note;
      return undefined;
    }
    const { envelope, seconds } = outcome;
    this.readAt = now;
    const generatedAt = milliseconds(envelope.generatedAt);
    if (generatedAt !== undefined && generatedAt === this.#generatedAt) {
      this.#same((now - this.newAt) / 1000, thresholds);
      return undefined;
    }
    this.#generatedAt = generatedAt;
    if (generatedAt !== undefined)
      this.#clockOffset = clockOffset(this.#clockOffset, generatedAt, now, seconds);
    if (this.#clockOffset !== 0) moveTimes(envelope, this.#clockOffset);
    this.newAt = now;
    this.#envelope = envelope;
    const slow = seconds > thresholds.polling.slow_seconds;
    this.state = slow ? "slow" : "up";
    this.note = slow ? `it took ${seconds.toFixed(1)} s to answer` : undefined;
    return this.#takeIn(envelope, now, thresholds);
  }

  /** US dollars; absent until costs were read, and while no run has a price, which is not 0. */
  spend(now: number): Pick<ApiTarget["spend"], "lastHourUsd" | "todayUsd"> {
    if (this.counter === undefined) return {};
    const lastHourUsd = this.#ledger.between(now - HOUR, now);
    const todayUsd = this.#ledger.between(startOfDay(now), now);
    return this.#isPriced || lastHourUsd + todayUsd > 0 ? { lastHourUsd, todayUsd } : {};
  }

  heldAgents(): HeldAgents {
    return Object.fromEntries(this.#states);
  }

  #same(seconds: number, { polling }: Thresholds): void {
    if (seconds >= polling.stale_seconds) {
      this.state = "stale";
      this.note = `it has repeated the same answer for ${duration(seconds)}`;
    } else if (this.state !== "slow") {
      this.state = "up";
      this.note = undefined;
    }
  }

  #takeIn(envelope: GetMetricsResponse, now: number, thresholds: Thresholds): Point {
    const totals = totalsOf(envelope);
    const { costs, ...gauges } = totals;
    this.totals = totals;
    this.schemaVersion = envelope.schemaVersion;
    this.activeTasks = activeTasks(envelope);
    this.failures = failuresOf(envelope);
    this.hasAgents = readable(envelope.agents) !== undefined;
    // Differences across two databases are meaningless.
    if (envelope.sourceEpoch !== this.#epoch) this.trail = [];
    this.#epoch = envelope.sourceEpoch;
    this.trail = extendTrail(this.trail, { at: now, ...gauges });
    // A list that cannot be read says nothing about its runs.
    if (this.hasAgents) {
      this.agents = judgeAgents(envelope, this.#states, thresholds.judgement);
      this.#states = new Map(this.agents.map(({ agent, state }) => [agent.runId, state]));
    }
    const point: Point = { at: now, ...gauges, agents: this.agents.map((agent) => agent.point) };
    if (costs === undefined) return point;
    this.#isPriced = isPriced(envelope);
    const addedUp = addUpRuns(this.counter?.runs, envelope);
    const counter: Counter = { at: now, epoch: envelope.sourceEpoch, costs, runs: addedUp?.runs };
    const spent = increment(this.counter, counter, addedUp?.spent);
    this.counter = counter;
    if (!spent) return point;
    this.#ledger.add(spent);
    return { ...point, spend: spent.usd, spendSeconds: (spent.to - spent.from) / 1000 };
  }
}
