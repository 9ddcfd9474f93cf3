import { supposedCaller } from "../core/decision/caller.ts";
import type { StoredPermissions } from "../core/decision/permissions.ts";
import type { ResolvedRoute } from "../core/decision/resolve-route.ts";
import { CATALOGUE_KEY, readCatalogue, readTenant } from "../core/model/items.ts";
import { type Layout, readLayout } from "../core/model/layout.ts";
import { type LayoutOptions, tokenLayout } from "../core/policy-files/compile/build-layout.ts";
import { permissionItems } from "../core/policy-files/compile/permission-items.ts";
import type { PolicySet } from "../core/policy-files/model/policy-set.ts";
import type { Question } from "./engine.ts";
import { type GithubApi, githubApi, loaded, policyFiles } from "./github.ts";

/** An ARN up to its stage, as long as they are. */
export const BASE = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod1";
/** GitHub's whole API needs more authorizers than the default quota. */
export const OPTIONS: LayoutOptions = { encodedPaths: "as_sent", maxGroups: 40, baseLength: BASE.length };
export const ROUTES = [300, 1_222];

const TENANT = "acme";

/** Ann of Acme with three of ten roles. */
export const question = (routes: number): Question => questionOf(githubApi(routes), 3);

/** Ann of Acme with the first roles of an API. */
export const questionOf = (api: GithubApi, roles: number): Question => ({
  api,
  tenant: TENANT,
  subject: "ann",
  roles: [...api.roles.keys()].slice(0, roles),
});

export const policiesOf = (api: GithubApi): PolicySet =>
  loaded(policyFiles(api, new Map([[`tenants/${TENANT}.yaml`, JSON.stringify({ name: "Acme" })]])));

/** @throws where the routes cannot be grouped */
export function layoutOf(policies: PolicySet): Layout {
  const proven = tokenLayout([policies], OPTIONS);
  if ("needed" in proven) throw new Error(`The routes need ${proven.needed} groups`);
  return readLayout(proven.layout);
}

/** What the authorizer reads of the table, read anew: nothing is remembered of it. */
export function storedOf(policies: PolicySet): StoredPermissions {
  const items = permissionItems(policies);
  const [tenant] = items.filter(({ pk }) => pk !== CATALOGUE_KEY);
  if (tenant === undefined) throw new Error("There is no tenant");
  const catalogue = readCatalogue(items.filter(({ pk }) => pk === CATALOGUE_KEY));
  return { catalogue, tenant: readTenant(tenant), membershipState: null };
}

export const callerOf = ({ tenant, subject, roles }: Omit<Question, "api">) =>
  supposedCaller({ tenant, subject, roles });

/** A request of each group's first route. */
export const placesOf = ({ groups }: Layout): ResolvedRoute[] =>
  groups.flatMap((group) =>
    group.routes
      .slice(0, 1)
      .map((route) => ({ group, route, arn: { base: BASE, method: route.method, path: route.path } })),
  );
