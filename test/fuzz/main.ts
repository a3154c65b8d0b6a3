/**
 * `npm run fuzz [-- TARGET|all [COUNT [SEED]]]` runs each target, or one, with a million inputs. Prints the
 * seed and the number of inputs. Exits with 1 and the smallest counterexample of the first target that has
 * one.
 */
import { fuzz } from "./target.ts";
import { TARGETS } from "./targets.ts";

const [name = "all", count = "1000000", seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
const chosen = TARGETS.filter((target) => name === "all" || target.name === name);
if (chosen.length === 0 || !/^\d+$/.test(count) || !/^\d+$/.test(seed)) {
  console.error(
    `npm run fuzz -- TARGET|all [COUNT [SEED]]; TARGET: ${TARGETS.map((one) => one.name).join(", ")}`,
  );
  process.exit(1);
}
console.log(`seed ${seed}, Node ${process.versions.node}`);
for (const target of chosen) {
  const { inputs, seconds, counterexample } = await fuzz(target, Number(count), Number(seed));
  console.log(`${target.name}: ${inputs} inputs in ${seconds.toFixed(0)} s`);
  if (counterexample === undefined) continue;
  console.error(counterexample);
  process.exit(1);
}
