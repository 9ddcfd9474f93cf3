import { decodeJwt } from "jose";
import { respondTo } from "../../core/decision/authorize.ts";
import { parseCaller } from "../../core/decision/caller.ts";
import { claimsAfterVerification } from "../../core/decision/claims.ts";
import { isDenial } from "../../core/decision/denial.ts";
import type { ResolvedRoute } from "../../core/decision/resolve-route.ts";
import { issuerName } from "../../core/model/ids.ts";
import { findRoute, readLayout } from "../../core/model/layout.ts";
import { parseMethodArn } from "../../core/model/method-arn.ts";
import { selectRoute } from "../../core/model/route.ts";
import { deny } from "../../core/policy/authorizer-response.ts";
import { readItems } from "../../core/policy-files/compile/catalogue.ts";
import { readCaller } from "../../packages/caller/index.ts";
import { naivelyAllows } from "../oracle/naive-matcher.ts";
import { BASE_ARN } from "../support/api.ts";
import { buildOf } from "../support/compiled.ts";
import { createProviders } from "./issuers.ts";
import { type Outcome, pathWithoutQuery, type Request, type StartTarget } from "./target.ts";

/** Runs the decisions alone: no Lambda, no gateway, no table, and tokens count as verified. */
export const startCore: StartTarget = (policies, cache) => {
  const { layout: data, items } = buildOf(policies, cache);
  const layout = readLayout(data);
  const { catalogue, tenants } = readItems(items);
  const routes = policies.api.operations.map(({ route }) => route);
  const providers = createProviders(policies, "http://127.0.0.1");
  const logs: string[] = [];

  function send({ method, path, token }: Request): Outcome {
    const route = selectRoute(routes, method, pathWithoutQuery(path));
    if (route === undefined) return { status: 403, reason: undefined, caller: undefined };
    const found = findRoute(layout, route.key);
    if (found === undefined) return { status: 200, reason: undefined, caller: null };
    if (token === undefined) return { status: 401, reason: undefined, caller: undefined };
    return decide(
      { ...found, arn: parseMethodArn(`${BASE_ARN}/${method}${pathWithoutQuery(path)}`) },
      decodeJwt(token),
      `${BASE_ARN}/${method}${pathWithoutQuery(path)}`,
    );
  }

  function decide(
    resolved: ResolvedRoute,
    payload: Readonly<Record<string, unknown>>,
    methodArn: string,
  ): Outcome {
    const name = [...policies.issuers.keys()].find((issuer) => providers(issuer).url === payload["iss"]);
    const issuer = catalogue.issuers.get(issuerName(name ?? ""));
    if (issuer === undefined) throw new Error("The token's issuer is not in the catalogue");
    const caller = parseCaller(claimsAfterVerification(issuer, payload), undefined);
    const { response, log } = isDenial(caller)
      ? deny(resolved, caller)
      : respondTo(
          resolved,
          caller,
          { catalogue, tenant: tenants.get(caller.tenant), membershipState: null },
          layout,
        );
    logs.push(JSON.stringify(log));
    if (!naivelyAllows(response.policyDocument, methodArn))
      return { status: 403, reason: response.context["reason"], caller: undefined };
    return {
      status: 200,
      reason: undefined,
      caller: { ...readCaller({ requestContext: { authorizer: response.context } }) },
    };
  }

  return Promise.resolve({
    providers,
    send: (request) => Promise.resolve(send(request)),
    logs: () => logs,
    close: () => Promise.resolve(),
  });
};
