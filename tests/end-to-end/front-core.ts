import { decodeJwt } from "jose";
import { deny } from "../../core/answer.ts";
import { answerFor } from "../../core/authorize.ts";
import { callerFrom } from "../../core/caller.ts";
import { claimsAfterVerification } from "../../core/claims.ts";
import { readItems } from "../../core/files/catalogue.ts";
import { issuerName } from "../../core/ids.ts";
import { findRoute, readLayout } from "../../core/layout.ts";
import { parseMethodArn } from "../../core/method-arn.ts";
import type { Place } from "../../core/place.ts";
import { isRefusal } from "../../core/refusal.ts";
import { selectRoute } from "../../core/route.ts";
import { readCaller } from "../../lambdas/caller/index.ts";
import { BASE_ARN } from "../support/api.ts";
import { buildOf } from "../support/compiled.ts";
import { naivelyAllows } from "../support/naive-policy.ts";
import { type Outcome, pathOf, type Request, type StartFront } from "./front.ts";
import { providersOf } from "./issuers.ts";

/** The decisions alone: no Lambda, no gateway, no table, and tokens taken for verified. */
export const startCore: StartFront = (policies, cache) => {
  const { layout: data, items } = buildOf(policies, cache);
  const layout = readLayout(data);
  const { catalogue, tenants } = readItems(items);
  const routes = policies.api.operations.map(({ route }) => route);
  const providers = providersOf(policies.issuers, "http://127.0.0.1");
  const logs: string[] = [];

  function ask({ method, path, token }: Request): Outcome {
    const route = selectRoute(routes, method, pathOf(path));
    if (route === undefined) return { status: 403, reason: undefined, caller: undefined };
    const found = findRoute(layout, route.key);
    if (found === undefined) return { status: 200, reason: undefined, caller: null };
    if (token === undefined) return { status: 401, reason: undefined, caller: undefined };
    return decided(
      { ...found, arn: parseMethodArn(`${BASE_ARN}/${method}${pathOf(path)}`) },
      decodeJwt(token),
      `${BASE_ARN}/${method}${pathOf(path)}`,
    );
  }

  function decided(place: Place, payload: Readonly<Record<string, unknown>>, methodArn: string): Outcome {
    const name = [...policies.issuers.keys()].find((issuer) => providers(issuer).url === payload["iss"]);
    const issuer = catalogue.issuers.get(issuerName(name ?? ""));
    if (issuer === undefined) throw new Error("The token's issuer is not in the catalogue");
    const caller = callerFrom(claimsAfterVerification(issuer, payload), undefined);
    const { response, log } = isRefusal(caller)
      ? deny(place, caller)
      : answerFor(place, caller, { catalogue, tenant: tenants.get(caller.tenant), people: null }, layout);
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
    ask: (request) => Promise.resolve(ask(request)),
    logs: () => logs,
    close: () => Promise.resolve(),
  });
};
