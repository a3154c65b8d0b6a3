import { defineConfig } from "vitest/config";
import { SkipsReporter } from "./test/support/skips-reporter.ts";

// A third of a program's start is compilation. Under node_modules, where no other user can place code.
process.env.NODE_COMPILE_CACHE = new URL("node_modules/.cache/compile", import.meta.url).pathname;

const SLOW = "test/**/*.slow.test.ts";
const RELEASE = "test/**/*.release.test.ts";

export default defineConfig({
  test: {
    // A worker keeps the modules it has loaded for its next file: a fifth of all time. No test changes a module's state.
    isolate: false,
    // Programs that wait for each other and for the system: more of them than cores keep two cores busy.
    maxWorkers: 4,
    reporters: ["default", new SkipsReporter()],
    globalSetup: "test/support/fill-compile-cache.ts",
    setupFiles: "test/support/show-program-output.ts",
    // Real servers, processes and files: slower than fakes, and two cores may be busy.
    testTimeout: 60_000,
    hookTimeout: 90_000,
    // A test file starts and ends dozens of threads in one process; where the processor has protection keys,
    // V8's register of code pages then aborts in about one run of 25 (`Check failed: jit_page.has_value()`,
    // nodejs/node#64500). A service starts one thread in its life.
    execArgv: ["--no-memory-protection-keys"],
    projects: [
      { extends: true, test: { name: "fast", include: ["test/**/*.test.ts"], exclude: [SLOW, RELEASE] } },
      { extends: true, test: { name: "slow", include: [SLOW] } },
      { extends: true, test: { name: "release", include: [RELEASE] } },
    ],
  },
});
