/**
 * A target: something that takes external input, and what must hold for every input. Defined once, run short
 * and long.
 */
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";

export interface FuzzTarget {
  readonly name: string;
  /** The number of inputs in one run of the property. Default 1. */
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
  /** The smallest input found that breaks the property, and how to run it again. Undefined: none. */
  readonly counterexample: string | undefined;
}

/** Returns a target over a synchronous function. The check throws if the property does not hold. */
export function pure<T>(name: string, inputs: fc.Arbitrary<T>, check: (input: T) => void): FuzzTarget {
  return { name, start: () => ({ property: fc.property(inputs, check) as Started["property"] }) };
}

function report(details: fc.RunDetails<unknown>): string {
  const { errorInstance } = details;
  const why = errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : errorInstance;
  return `${fc.defaultReportMessage(details)}\n${why}`;
}

/**
 * The number of runs with one seed. The next runs use the next seed. The event loop turns between them,
 * because dereferenced WeakRefs, of which responses of `fetch` have many, are kept until then.
 */
const RUNS_OF_A_SEED = 10_000;

/** Runs the target with that many inputs, rounded up to a multiple of its inputs per run. */
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
