import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/console/**/*.test.ts"],
    globalSetup: "tests/console/support/start-browser.ts",
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
