import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { check } from "../../cli/commands/policies/check.ts";
import { test } from "../../cli/commands/policies/test.ts";
import { print } from "../../cli/shared/output.ts";
import { progress } from "../../cli/shared/progress.ts";
import { groupRoutes } from "../../core/exact/grouping.ts";
import { makeRoute } from "../../core/model/route.ts";
import { runVerb } from "./run-verb.ts";

/** Collects what is written to a stream, which is a terminal or not. */
function fakeStream(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  return { written, stream };
}

const ERASE = "\r\u001b[K";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("progress", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));

  it("is not shown in the first second, and then in place on a terminal", () => {
    const { written, stream } = fakeStream(true);
    const tick = progress("paths compared", undefined, stream);
    tick();
    vi.advanceTimersByTime(1_000);
    tick();
    tick();
    vi.advanceTimersByTime(100);
    tick();
    expect(written).toEqual([`${ERASE}2 paths compared`, `${ERASE}4 paths compared`]);
  });

  it("is erased before the next output", () => {
    const { written, stream } = fakeStream(true);
    const stdout = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const tick = progress("paths compared", undefined, stream);
    vi.advanceTimersByTime(1_000);
    tick();
    print("done");
    print("done");
    expect(written).toEqual([`${ERASE}1 paths compared`, ERASE]);
    expect(stdout.mock.calls.map(([text]) => text)).toEqual(["done\n", "done\n"]);
  });

  it("is a bar on a terminal if the total is known, which stays when all is done", () => {
    const { written, stream } = fakeStream(true);
    const tick = progress("items written", 4, stream);
    vi.advanceTimersByTime(1_000);
    tick(2);
    tick(2);
    print([]);
    expect(written).toEqual([
      `${ERASE}[${"#".repeat(15)}${".".repeat(15)}] 2 of 4 items written`,
      `${ERASE}[${"#".repeat(30)}] 4 of 4 items written\n`,
    ]);
  });

  it("is a line every five seconds elsewhere", () => {
    const { written, stream } = fakeStream(false);
    const tick = progress("items read", undefined, stream);
    for (let second = 0; second < 11; second++) {
      tick();
      vi.advanceTimersByTime(1_000);
    }
    expect(written).toEqual(["6 items read\n", "11 items read\n"]);
  });
});

describe("the progress of a long grouping", () => {
  beforeEach(() => {
    // Each look at the clock takes a second, so that any work is long.
    let now = Date.now();
    vi.spyOn(Date, "now").mockImplementation(() => {
      now += 1_000;
      return now;
    });
  });

  it.each([
    ["check", check],
    ["test", test],
  ])("is printed by %s to standard error, and never into JSON", async (_, verb) => {
    const { status, stdout, stderr } = await runVerb(verb, "--format", "json");
    expect(status).toBe(0);
    expect(stderr).toMatch(/^\d+ policy files read for dev$/m);
    expect(stderr).toMatch(/^\d+ paths compared$/m);
    expect(JSON.parse(stdout)).toBeInstanceOf(Object);
  });

  it("counts each path that is compared, and each attempt to divide the paths", () => {
    const routes = ["/users/{userId}", "/users/me", "/reports"].map((path) => makeRoute("GET", path));
    const sizes = { base: 90, slashes: false, shortTenantIds: true, bindingsOf: () => [] };
    const counts = { compared: 0, tried: 0 };
    groupRoutes(routes, {
      sizes,
      reading: { decodedSlashes: false },
      maxGroups: 10,
      progress: { onCompared: () => counts.compared++, onTried: () => counts.tried++ },
    });
    expect(counts).toEqual({ compared: 3, tried: 1 });
  });
});
