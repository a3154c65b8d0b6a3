import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Real servers, processes and files: slower than fakes, and two cores may be busy.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
