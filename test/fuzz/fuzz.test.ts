/** The fuzz targets with a fixed seed, as long as a test may take; `npm run fuzz` gives each a million inputs. */
import { expect, it } from "vitest";
import { fuzz } from "./target.ts";
import { TARGETS } from "./targets.ts";

const SEED = 20_261_125;
const INPUTS = 2_000;

for (const target of TARGETS) {
  it(`holds for any input: ${target.name}`, async () => {
    const { counterexample, inputs } = await fuzz(target, INPUTS, SEED);
    expect(counterexample).toBeUndefined();
    expect(inputs).toBeGreaterThanOrEqual(INPUTS);
  }, 120_000);
}
