/** One thing that takes input from outside, and what must hold for every input. Defined once, run short and long. */
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";

export interface FuzzTarget {
  readonly name: string;
  /** How many inputs one run of the property gives to what is tested; default 1. */
  readonly inputsPerRun?: number;
  /** Starts what the property needs. Pure functions need nothing. */
  start(): Started | Promise<Started>;
}

export interface Started {
  readonly property: fc.IRawProperty<unknown, boolean>;
  close?(): void | Promise<void>;
}

export interface Outcome {
  readonly inputs: number;
  readonly seconds: number;
  /** The smallest input that was found to break the property, and how to run it again; undefined: none. */
  readonly counterexample: string | undefined;
}

/** A target over a function that answers at once; the check throws for what must not be. */
export function pure<T>(name: string, inputs: fc.Arbitrary<T>, check: (input: T) => void): FuzzTarget {
  return { name, start: () => ({ property: fc.property(inputs, check) as Started["property"] }) };
}

function report(details: fc.RunDetails<unknown>): string {
  const { errorInstance } = details;
  const why = errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : errorInstance;
  return `${fc.defaultReportMessage(details)}\n${why}`;
}

/**
 * Runs with one seed; the next so many have the next seed. Between them the event loop turns: what a WeakRef was asked for
 * is kept until then, and the answers of `fetch` are full of them.
 */
const RUNS_OF_A_SEED = 10_000;

/** Gives the target so many inputs, or the next multiple that its runs come to. */
export async function fuzz(target: FuzzTarget, inputs: number, seed: number): Promise<Outcome> {
  const { inputsPerRun = 1 } = target;
  const wanted = Math.max(1, Math.ceil(inputs / inputsPerRun));
  const { property, close } = await target.start();
  const began = performance.now();
  let runs = 0;
  let counterexample: string | undefined;
  try {
    for (let next = seed; runs < wanted && counterexample === undefined; next += 1) {
      const numRuns = Math.min(RUNS_OF_A_SEED, wanted - runs);
      const details = await fc.check(property, { numRuns, seed: next, skipEqualValues: false });
      runs += details.numRuns;
      if (details.failed) counterexample = report(details);
      await setImmediate();
    }
    return { inputs: runs * inputsPerRun, seconds: (performance.now() - began) / 1000, counterexample };
  } finally {
    await close?.();
  }
}
