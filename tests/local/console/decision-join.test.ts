import { expect, it } from "vitest";
import type { LiveDecision } from "../../../core/policy-files/live-events.ts";
import type { AccessLogEntry } from "../../../local/apigateway/shared/access-log.ts";
import { joinDecisions } from "../../../local/console/decision-join.ts";

const makeEntry = (extendedRequestId: string, cache: "hit" | "miss"): AccessLogEntry => ({
  requestId: "chosen-by-the-client",
  extendedRequestId,
  time: "2026-01-01T00:00:00.000Z",
  method: "GET",
  path: "/a",
  resource: "/a",
  status: 403,
  authorizer: { name: "main", cache, status: 403, latencyMs: 3 },
});
const makeLine = (requestId: string): string =>
  JSON.stringify({ message: "decision", requestId, route: "GET /a", roles: ["viewer"], reason: "no_role" });

const startJoin = (settings: { patience?: number; capacity?: number } = {}) => {
  const published: LiveDecision[] = [];
  const join = joinDecisions({ onDecision: (decision) => published.push(decision), ...settings });
  return { join, published, ids: () => published.map(({ requestId, roles }) => `${requestId} ${roles}`) };
};

it("joins an entry with the line of its request, in either order", () => {
  const { join, ids } = startJoin();
  join.lambdaLog(makeLine("1"));
  join.accessLog(makeEntry("2", "miss"));
  expect(ids()).toEqual([]);
  join.accessLog(makeEntry("1", "miss"));
  join.lambdaLog(makeLine("2"));
  expect(ids()).toEqual(["1 viewer", "2 viewer"]);
  expect(join.waiting).toBe(0);
});

it("does not wait for a line if the authorizer was not called", () => {
  const { join, ids } = startJoin();
  join.accessLog(makeEntry("1", "hit"));
  expect(ids()).toEqual(["1 null"]);
});

it("publishes an entry without its line when the line does not arrive", async () => {
  const { join, published, ids } = startJoin({ patience: 0 });
  join.accessLog(makeEntry("1", "miss"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(ids()).toEqual(["1 null"]);
  join.lambdaLog(makeLine("1"));
  expect(published).toHaveLength(1);
});

it("waits for a bounded number of lines, and publishes the waiting entries when it is closed", () => {
  const { join, ids } = startJoin({ capacity: 2 });
  for (const id of ["1", "2", "3"]) join.accessLog(makeEntry(id, "miss"));
  expect(ids()).toEqual(["1 null"]);
  for (let id = 10; id < 100; id++) join.lambdaLog(makeLine(String(id)));
  expect(join.waiting).toBe(4);
  join.close();
  expect(ids()).toEqual(["1 null", "2 null", "3 null"]);
});

it("ignores lines that are not decisions", () => {
  const { join } = startJoin();
  for (const line of ["", "{", "{}", "null", '{"message":"ping"}', '{"message":"decision"}', "Error: {"])
    join.lambdaLog(line);
  expect(join.waiting).toBe(0);
});

it("knows the client of a token that a line named before, and of no other token", () => {
  const { join, published } = startJoin();
  const entry = (id: string, cache: "hit" | "miss", tokenId: string) => ({
    ...makeEntry(id, cache),
    tokenId,
  });
  join.lambdaLog(JSON.stringify({ ...JSON.parse(makeLine("1")), clientId: "web" }));
  join.accessLog(entry("1", "miss", "t1"));
  join.accessLog(entry("2", "hit", "t1"));
  join.accessLog(entry("3", "hit", "t2"));
  expect(published.map(({ client }) => client)).toEqual(["web", "web", null]);
});
