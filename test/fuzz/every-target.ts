/** The fuzz targets with a fixed seed, a test each. `npm run fuzz` gives each a million inputs. */
import { expect, it } from "vitest";
import { fuzz } from "./target.ts";
import { TARGETS } from "./targets.ts";

const SEED = 20_261_125;

export function testEveryTarget(wanted: number): void {
  for (const target of TARGETS) {
    it(`holds for any input: ${target.name}`, async () => {
      const { counterexample, inputs } = await fuzz(target, wanted, SEED);
      expect(counterexample).toBeUndefined();
      expect(inputs).toBeGreaterThanOrEqual(wanted);
    }, 120_000);
  }
}
