import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Real servers, processes and files: slower than fakes, and two cores may be busy.
    testTimeout: 60_000,
    hookTimeout: 90_000,
    // A test file starts and ends dozens of threads in one process; where the processor has protection keys,
    // V8's register of code pages then aborts in about one run of 25 (`Check failed: jit_page.has_value()`,
    // nodejs/node#64500). A service starts one thread in its life.
    execArgv: ["--no-memory-protection-keys"],
  },
});
