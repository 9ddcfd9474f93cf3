import { expect, it } from "vitest";
import type { LiveDecision } from "../../../core/policy-files/live-events.ts";
import type { AccessLogEntry } from "../../../local/apigateway/shared/access-log.ts";
import { joinDecisions } from "../../../local/console/decision-join.ts";

const entryOf = (extendedRequestId: string, cache: "hit" | "miss"): AccessLogEntry => ({
  requestId: "chosen-by-the-client",
  extendedRequestId,
  time: "2026-01-01T00:00:00.000Z",
  method: "GET",
  path: "/a",
  resource: "/a",
  status: 403,
  authorizer: { name: "main", cache, status: 403, latencyMs: 3 },
});
const lineOf = (requestId: string): string =>
  JSON.stringify({ message: "decision", requestId, route: "GET /a", roles: ["viewer"], reason: "no_role" });

const joining = (settings: { patience?: number; capacity?: number } = {}) => {
  const told: LiveDecision[] = [];
  const join = joinDecisions({ onDecision: (decision) => told.push(decision), ...settings });
  return { join, told, ids: () => told.map(({ requestId, roles }) => `${requestId} ${roles}`) };
};

it("joins an entry with the line of its request, whichever comes first", () => {
  const { join, ids } = joining();
  join.lambdaLog(lineOf("1"));
  join.accessLog(entryOf("2", "miss"));
  expect(ids()).toEqual([]);
  join.accessLog(entryOf("1", "miss"));
  join.lambdaLog(lineOf("2"));
  expect(ids()).toEqual(["1 viewer", "2 viewer"]);
  expect(join.waiting).toBe(0);
});

it("does not wait for a line that cannot come", () => {
  const { join, ids } = joining();
  join.accessLog(entryOf("1", "hit"));
  expect(ids()).toEqual(["1 null"]);
});

it("tells an entry without its line when that stays away", async () => {
  const { join, told, ids } = joining({ patience: 0 });
  join.accessLog(entryOf("1", "miss"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(ids()).toEqual(["1 null"]);
  join.lambdaLog(lineOf("1"));
  expect(told).toHaveLength(1);
});

it("waits for a bounded number, and tells what waits when it ends", () => {
  const { join, ids } = joining({ capacity: 2 });
  for (const id of ["1", "2", "3"]) join.accessLog(entryOf(id, "miss"));
  expect(ids()).toEqual(["1 null"]);
  for (let id = 10; id < 100; id++) join.lambdaLog(lineOf(String(id)));
  expect(join.waiting).toBe(4);
  join.close();
  expect(ids()).toEqual(["1 null", "2 null", "3 null"]);
});

it("leaves lines alone that are no decision", () => {
  const { join } = joining();
  for (const line of ["", "{", "{}", "null", '{"message":"ping"}', '{"message":"decision"}', "Error: {"])
    join.lambdaLog(line);
  expect(join.waiting).toBe(0);
});
