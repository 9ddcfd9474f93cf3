import { afterAll, describe, expect, test } from "vitest";
import type { ApiShape } from "../../bench/scale/api-shape.ts";
import { sampleShape } from "../../bench/scale/api-shape.ts";
import { environment } from "../../bench/scale/environment.ts";
import { gatewayOf } from "../../bench/scale/gateway.ts";
import { PLATFORM, SETTINGS, SMALL_EFFORT, TRAFFIC } from "../../bench/scale/inputs.ts";
import { simulate } from "../../bench/scale/simulate.ts";
import { makeTrace, type Request, type Trace } from "../../bench/scale/traffic.ts";
import { CACHING_MODES, type CachingMode } from "../../core/model/layout.ts";
import { AUTH, allowAll, guardedGateway } from "../local/apigateway/rest/guarded-gateway.ts";
import { closeServers } from "../local/apigateway/rest/harness.ts";
import { type RealStack, startRealStack } from "./real-stack.ts";

/** Half an hour of a few people, who come back, and whose tokens end meanwhile. */
const traffic = { ...TRAFFIC, rate: 0.2, usersPerRate: 40, tokenSeconds: 700 };
const shape = sampleShape();
const made = makeTrace(traffic, shape.groupOf.length, {
  ...SMALL_EFFORT,
  countedSeconds: 900,
  leastRequests: 100,
});
const trace: Trace = { ...made, from: 0 };

afterAll(closeServers);

/** The simulated Lambda answers at once and its environments stay, as those of the real stack do. */
const AT_ONCE = {
  ...PLATFORM,
  decideSeconds: 0,
  readSeconds: 0,
  initSeconds: 0,
  firstCallSeconds: 0,
  idleSeconds: Number.POSITIVE_INFINITY,
  lifeSeconds: Number.POSITIVE_INFINITY,
};

describe("the model counts what the real gateway and authorizer do", () => {
  test.each(CACHING_MODES)("in mode %s", { timeout: 60_000 }, async (mode) => {
    const real = await replay(mode, trace.requests, 1);
    expect(real.calls).toBeGreaterThan(30);
    const settings = { ...SETTINGS, mode };
    const outcome = simulate({ trace, shape, settings, platform: AT_ONCE, effort: SMALL_EFFORT });
    const counted = (aSecond: number): number => Math.round(aSecond * trace.end * 1_000) / 1_000;
    expect({
      calls: counted(outcome.invocations),
      catalogueQueries: counted(outcome.catalogueQueries),
      batches: counted(outcome.batches),
      readUnits: counted(outcome.readUnits),
      keyFetches: counted(outcome.keyFetches),
    }).toEqual({
      calls: real.calls,
      catalogueQueries: real.catalogueQueries,
      batches: real.batches,
      readUnits: real.keys / 2 + real.catalogueQueries * shape.catalogueUnits,
      keyFetches: real.keyFetches,
    });
  });

  test("with two environments that take turns", { timeout: 60_000 }, async () => {
    const real = await replay("route", trace.requests, 2);
    expect(inTurns("route", trace.requests, shape)).toEqual(real);
  });

  test("for requests that come before the first has its answer", async () => {
    const sent = [0, 0, 0];
    let release: () => void = () => undefined;
    const all = new Promise<void>((resolve) => (release = resolve));
    const real = await guardedGateway(async () => {
      if (real.calls.length === sent.length) release();
      await all;
      return allowAll();
    });
    await Promise.all(sent.map(() => real.send("GET", "/a", AUTH)));
    await real.send("GET", "/a", AUTH);
    const gateway = gatewayOf({ mode: "token", gatewayTtl: 60 }, shape, 0.1);
    const asked = [...sent, 1].map((at) => gateway.ask({ at, token: 1, tenant: 0, route: 0 }));
    expect(asked.filter((age) => age === undefined)).toHaveLength(real.calls.length);
    expect(real.calls).toHaveLength(3);
  });
});

async function replay(
  mode: CachingMode,
  requests: readonly Request[],
  environments: number,
): Promise<RealStack["seen"]> {
  const real = await startRealStack(mode, environments);
  for (const request of requests) await real.send(request);
  return { ...real.seen };
}

/** The model's gateway, and its environments taken in turn. */
function inTurns(mode: CachingMode, requests: readonly Request[], api: ApiShape): RealStack["seen"] {
  const gateway = gatewayOf({ ...SETTINGS, mode }, api, 0);
  const environments = [environment(SETTINGS.lambdaTtl), environment(SETTINGS.lambdaTtl)] as const;
  const seen = { calls: 0, catalogueQueries: 0, batches: 0, keys: 0, keyFetches: 0 };
  for (const request of requests) {
    if (gateway.ask(request) !== undefined) continue;
    const { catalogue, tenant, people, keys } = (environments[seen.calls % 2] ?? environments[0]).decide(
      request,
    );
    seen.calls++;
    seen.catalogueQueries += Number(catalogue);
    seen.batches += Number(tenant || people);
    seen.keys += 2 * (Number(tenant) * api.tenantUnits + Number(people) * api.peopleUnits);
    seen.keyFetches += Number(keys);
  }
  return seen;
}
