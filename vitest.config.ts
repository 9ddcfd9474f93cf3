import { defineConfig } from "vitest/config";

/** Properties over random draws: FUZZ=full makes all of them, the default a part. */
const FUZZ = ["tests/exact/**/*.test.ts", "tests/attacks/fuzz-*.test.ts"];
/** One function or file at a time, without a server. */
const UNIT = ["core", "runtime", "lambdas", "packages", "scripts", "docs"].map(
  (room) => `tests/${room}/**/*.test.ts`,
);
/** Random draws are the same in each run, so that a failure can be repeated: FUZZ_SEED=N draws others. */
const SEED = ["tests/support/seed.ts"];
/** These need a browser, or vectors that are not in this repository: npm run test:console, npm run test:wycheproof. */
const ELSEWHERE = ["tests/console/**", "tests/wycheproof/**"];

export default defineConfig({
  test: {
    // Files share a process and its modules: importing them again for each file takes as long as the tests.
    isolate: false,
    // By default one processor is left idle.
    maxWorkers: "100%",
    testTimeout: 120_000,
    hookTimeout: 120_000,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    projects: [
      { extends: true, test: { name: "unit", include: UNIT, setupFiles: SEED } },
      {
        extends: true,
        test: {
          name: "integration",
          globalSetup: "tests/global-setup.ts",
          include: ["tests/**/*.test.ts"],
          setupFiles: ["tests/support/leave-clean.ts"],
          exclude: [...UNIT, ...FUZZ, ...ELSEWHERE],
        },
      },
      { extends: true, test: { name: "fuzz", include: FUZZ, setupFiles: SEED } },
    ],
  },
});
