/**
 * The scenarios that need python3, curl and root, at the short pace: `node test/scenarios/check.ts`. Prints the table;
 * exit code 1 where a verdict is not the truth.
 */
import { withPrograms } from "./programs.ts";
import { faults, report } from "./report.ts";
import { runScenarios } from "./suite.ts";
import { SHORT } from "./timing.ts";

const outcomes = await runScenarios(withPrograms(), SHORT);
console.log(report(outcomes));
for (const fault of faults(outcomes)) console.error(fault);
process.exitCode = faults(outcomes).length > 0 ? 1 : 0;
