import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Fault, type Retrying, retrying } from "../../lambdas/authorizer/retries.ts";

const signal = new AbortController().signal;
let retry: Retrying;
let attempts: number;
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  retry = retrying((error) => (error as Error).message as Fault);
  attempts = 0;
});
afterEach(() => vi.restoreAllMocks());

const failing = (fault: Fault, times = Number.POSITIVE_INFINITY) => {
  attempts = 0;
  return async () => {
    if (++attempts <= times) throw new Error(fault);
    return "done";
  };
};

test.each([
  ["passing", 3],
  ["throttled", 3],
  ["final", 1],
] as const)("what stays %s is tried %i times", async (fault, times) => {
  await expect(retry(signal, failing(fault))).rejects.toThrow(fault);
  expect(attempts).toBe(times);
});

test("what passes is as if it had not been", async () => {
  await expect(retry(signal, failing("passing", 2))).resolves.toBe("done");
  expect(attempts).toBe(3);
});

test("an outage uses retries up, until successes have earned new ones", async () => {
  for (let request = 0; request < 50; request++)
    await retry(signal, failing("passing")).catch(() => undefined);
  await retry(signal, failing("passing")).catch(() => undefined);
  expect(attempts).toBe(1);
  for (let request = 0; request < 5; request++) await retry(signal, failing("passing", 0));
  await expect(retry(signal, failing("passing", 1))).resolves.toBe("done");
});

test("work whose signal has ended is not tried again", async () => {
  const ended = AbortSignal.abort();
  await expect(retry(ended, failing("passing"))).rejects.toThrow("passing");
  expect(attempts).toBe(1);
});

test("a pause ends with the signal", async () => {
  vi.spyOn(Math, "random").mockReturnValue(1e6);
  const controller = new AbortController();
  const waiting = retry(controller.signal, failing("passing"));
  await new Promise(setImmediate);
  controller.abort();
  await expect(waiting).rejects.toThrow();
  expect(attempts).toBe(1);
});
