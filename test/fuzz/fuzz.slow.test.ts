/** The fuzz targets with a fixed seed, one test each. `npm run fuzz` runs each with a million inputs. */
import { expect, it } from "vitest";
import { fuzz } from "./target.ts";
import { TARGETS } from "./targets.ts";

const SEED = 20_261_125;
const INPUTS = 20;

for (const target of TARGETS) {
  it(`the fuzz target holds for any input: ${target.name}`, async () => {
    const { counterexample, inputs } = await fuzz(target, INPUTS, SEED);
    expect(counterexample).toBeUndefined();
    expect(inputs).toBeGreaterThanOrEqual(INPUTS);
  }, 120_000);
}
