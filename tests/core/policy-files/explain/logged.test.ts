import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { authorize, parseRequest } from "../../../../core/decision/authorize.ts";
import { claimsAfterVerification } from "../../../../core/decision/claims.ts";
import { issuerName } from "../../../../core/model/ids.ts";
import { findRoute } from "../../../../core/model/layout.ts";
import { selectRoute } from "../../../../core/model/route.ts";
import { explainLogged, findLoggedRequest } from "../../../../core/policy-files/explain/logged.ts";
import { readLogRecord } from "../../../../core/policy-files/replay/log-record.ts";
import { draws } from "../../../support/draws.ts";
import {
  caller,
  files,
  type RandomCaller,
  type RandomRequest,
  request,
  stateOf,
  type World,
  worldOf,
} from "./random-world.ts";

/** The lines that the logs have of a request; undefined if no authorizer decides it. */
async function linesOf({ simulator }: World, who: RandomCaller, { method, path }: RandomRequest) {
  const bare = path.split("?", 1)[0] ?? path;
  const route = selectRoute(simulator.routes, method, bare);
  const found = route && findRoute(simulator.layout, route.key);
  const issuer = simulator.catalogue.issuers.get(issuerName(who.issuer));
  if (route === undefined || found === undefined || issuer === undefined) return undefined;
  const sent = {
    method,
    resource: route.path,
    methodArn: `${simulator.base}/${method}${bare}`,
    headers: new Map([["authorization", ["Bearer YQ.Yg.Yw"]]]),
    stageVariables: { [found.group.stageVariable]: found.group.stageValue },
  };
  const { tenant, subject: sub, roles, scopes, claims } = who;
  const payload = { tenant, sub, roles, scope: scopes.join(" "), iat: stateOf(who).at - 100, ...claims };
  const { response, log } = await authorize(parseRequest(sent, simulator.layout), {
    layout: simulator.layout,
    verifyToken: async () => claimsAfterVerification(issuer, payload),
    loadPermissions: async () => ({
      catalogue: simulator.catalogue,
      tenant: simulator.tenants.get(tenant),
      membershipState: stateOf(who),
    }),
  });
  const status = log["outcome"] === "allow" && log["denial"] === undefined ? 200 : 403;
  const { tenantId, userId, policyVersion, reason } = response.context;
  return {
    status,
    decision: JSON.stringify({ message: "decision", requestId: "r-1", status, ...log }),
    access: JSON.stringify({
      ...{ requestId: "r-1", method, path: `/prod${bare}`, resource: route.path, status },
      ...{ tenantId, userId, policyVersion, reason },
    }),
  };
}

const asked = fc.array(fc.tuple(caller, request), { minLength: 30, maxLength: 30 });
const counts = () => ({ allowed: 0, denied: 0, unknown: 0 });

describe("the explanation of log lines", () => {
  it("never differs from what happened, and has the version of the log, with the files of then", async () => {
    const [joined, alone] = [counts(), counts()];
    await fc.assert(
      fc.asyncProperty(files, asked, async (texts, requests) => {
        const world = worldOf(texts);
        for (const [who, one] of requests) {
          const lines = await linesOf(world, who, one);
          if (lines === undefined) continue;
          for (const [found, texts] of [
            [joined, [lines.access, lines.decision]],
            [alone, [lines.decision]],
          ] as const) {
            const logged = findLoggedRequest(texts.map(readLogRecord));
            if (typeof logged === "string") throw new Error(logged);
            const explained = explainLogged(world.policies, world.simulator, logged);
            if (typeof explained === "string") throw new Error(explained);
            found[explained.outcome] += 1;
            if (explained.outcome !== "unknown")
              expect(explained.outcome).toBe(lines.status === 200 ? "allowed" : "denied");
            const { logged: before, now } = explained.policyVersion;
            const isMember = who.membership?.state === "current";
            if (!isMember && before !== undefined && now !== undefined) expect(now).toBe(before);
          }
        }
      }),
      { numRuns: draws(200, 20), endOnFailure: true },
    );
    expect(joined.allowed).toBeGreaterThan(20);
    expect(joined.denied).toBeGreaterThan(20);
    expect(alone.unknown).toBeGreaterThan(20);
  });

  it("never has a value of the caller or of the path in the fields of a denial", async () => {
    const secret = { subject: "secret-subject", claims: { dept: "secret-dept" } };
    const base = {
      tenant: "acme",
      roles: ["reader"],
      scopes: [],
      issuer: "main",
      membership: undefined,
      revocation: undefined,
    };
    await fc.assert(
      fc.asyncProperty(files, request, async (texts, one) => {
        const lines = await linesOf(
          worldOf(texts),
          { ...base, ...secret },
          { ...one, path: one.path.replace("ann", "secret-path") },
        );
        const denial = JSON.stringify(
          (JSON.parse(lines?.decision ?? "{}") as { denial?: object }).denial ?? {},
        );
        expect(denial).not.toMatch(/secret|acme/);
      }),
      { numRuns: draws(200, 20), endOnFailure: true },
    );
  });
});
