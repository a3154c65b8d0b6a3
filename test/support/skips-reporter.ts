/** Lists the reasons for skipped tests. With REQUIRE_ALL_TESTS set, as in CI, a skipped test fails the run. */
import type { Reporter, TestModule } from "vitest/node";
import "./requires.ts";

export class SkipsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<string, number>();
    for (const module of modules) {
      for (const test of module.children.allTests("skipped")) {
        const reason = test.meta().requires ?? "no reason is given";
        counts.set(reason, (counts.get(reason) ?? 0) + 1);
      }
    }
    for (const [reason, count] of counts) process.stdout.write(`  Skipped ${count}: ${reason}\n`);
    if (counts.size > 0 && process.env.REQUIRE_ALL_TESTS) {
      process.stdout.write("  Tests must not be skipped here (REQUIRE_ALL_TESTS is set)\n");
      process.exitCode = 1;
    }
  }
}
