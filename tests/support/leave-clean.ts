import { afterAll, vi } from "vitest";

// Files share a process, so none may leave its changes to the next one.
afterAll(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
  process.exitCode = undefined;
});
