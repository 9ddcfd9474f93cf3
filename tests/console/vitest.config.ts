import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/console/**/*.test.ts"],
    globalSetup: "tests/console/support/start-browser.ts",
    // One after the other, in one process: the page is built once, and there is one browser.
    isolate: false,
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
