import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/console/**/*.test.ts"],
    globalSetup: "tests/console/support/start-browser.ts",
    // One file after the other in one process, so that the page is built once and all files share one browser.
    isolate: false,
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
