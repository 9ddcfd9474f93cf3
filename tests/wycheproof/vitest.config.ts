import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["tests/wycheproof/**/*.test.ts"], reporters: ["minimal"], testTimeout: 30_000 },
});
