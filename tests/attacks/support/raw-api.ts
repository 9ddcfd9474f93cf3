import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Item } from "../../../core/model/items.ts";
import { type ApiType, type CachingMode, readLayout, stageVariables } from "../../../core/model/layout.ts";
import { isHttpApi } from "../../../core/policy-files/compile/api-types.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import { renderTemplate } from "../../../core/policy-files/openapi/render-template.ts";
import { withGenerations } from "../../../core/policy-files/publish/generations.ts";
import { createAuthorizer } from "../../../lambdas/authorizer/create-authorizer.ts";
import { handler as sampleBackend } from "../../../lambdas/sample-backend/index.ts";
import { createHttpGateway } from "../../../local/apigateway/http/gateway.ts";
import { createGateway, type OpenApiDocument } from "../../../local/apigateway/rest/gateway.ts";
import { trustedIssuers } from "../../../local/deployment.ts";
import { createIdentityProvider } from "../../../local/identity-provider/identity-provider.ts";
import { issuerUrl } from "../../../local/identity-provider/identity-server.ts";
import { permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { buildPolicies, type Selector } from "../../load/files.ts";
import type { World } from "../../load/world.ts";
import {
  AUTHORIZER_ARN,
  BACKEND_ARN,
  invocable,
  invocationUri,
} from "../../local/apigateway/rest/harness.ts";
import { localTrust } from "../../support/configuration.ts";
import { inMemoryReader } from "./targets.ts";

/** An API: what selects the tenant, its type, and its caching mode. */
export interface Combination {
  readonly selector: Selector;
  readonly apiType: ApiType;
  readonly mode: CachingMode;
}

/** Any origin on loopback: the issuers' documents are passed on in this process. */
const ORIGIN = "http://127.0.0.1:1";

/** Creates the issuers of a world, which all its APIs trust. */
export function createIssuers(world: World) {
  const { issuers } = buildPolicies(world, "claim");
  const providers = new Map(
    [...issuers].map(([name, issuer]) => [
      name as string,
      createIdentityProvider(issuerUrl(ORIGIN, name), () => issuer),
    ]),
  );
  const trusted = Object.entries(trustedIssuers(ORIGIN, issuers.values()));
  return {
    provider: (name: string) => providers.get(name),
    trust: localTrust({ issuers: trusted.map(([name, issuer]) => ({ name, ...issuer })) as never }),
    getJson(url: string): Promise<unknown> {
      const provider = [...providers.values()].find((one) => url.startsWith(`${one.url}/`));
      if (provider === undefined) throw new Error(`No issuer has ${url}`);
      return Promise.resolve(url.endsWith("/jwks.json") ? provider.jwks() : provider.discovery());
    },
  };
}

/** Lists what sign-up and administrators write at run time. */
function runTimeItems({ tenants, memberships }: World): Item[] {
  const common = { v: 1, owner: "runtime", hash: "runtime" };
  return [
    ...[...tenants.values()]
      .filter(({ isRuntime }) => isRuntime)
      .map(({ id, plan, status }) => ({ ...common, pk: `TENANT#${id}`, sk: "TENANT", id, plan, status })),
    ...memberships.map(({ tenant, subject, role }) => ({
      ...common,
      pk: `TENANT#${tenant}`,
      sk: `MEMBER#main#${subject}`,
      generation: "g1",
      roles: [{ role }],
    })),
  ];
}

/** Starts a gateway on a socket, with the API's own definition, the authorizer and the sample backend. */
export async function startApi(
  world: World,
  { trust, getJson }: Pick<ReturnType<typeof createIssuers>, "trust" | "getJson">,
  { selector, apiType, mode }: Combination,
) {
  const policies = buildPolicies(world, selector);
  const compiled = compilePolicies([policies], mode, DEFAULT_LAYOUT_OPTIONS, apiType);
  const layoutData = compiled.layouts[mode];
  if (layoutData === undefined) throw new Error(`There is no layout for ${mode}`);
  const layout = readLayout(layoutData);
  const items = [...(compiled.items.get(policies.environment) ?? []), ...runTimeItems(world)];
  const reader = inMemoryReader(items.map(withGenerations([], () => "g1")));
  const authorizer = createAuthorizer({
    trust,
    layout,
    table: permissionsTable({ reader, ttlSeconds: 30, now: Date.now }),
    now: Date.now,
    log: () => undefined,
    getJson,
  });
  const definition = renderTemplate(compiled.definitions[mode], {
    authorizer_uri: invocationUri(AUTHORIZER_ARN),
    authorizer_ttl: mode === "off" ? 0 : 300,
    request_validator: "parameters",
    sample_backend_uri: invocationUri(BACKEND_ARN),
    backend_docs_uri: invocationUri(BACKEND_ARN),
    cors_allowed_origins: isHttpApi(apiType) ? ["*"] : "'*'",
    cors_error_origin: "*",
    cors_allowed_headers: isHttpApi(apiType) ? ["authorization"] : "Authorization",
    cors_max_age: isHttpApi(apiType) ? 600 : "600",
  }) as OpenApiDocument;
  const create = isHttpApi(apiType) ? createHttpGateway : createGateway;
  const gateway = create({
    definition,
    functions: new Map([
      [AUTHORIZER_ARN, invocable(authorizer)],
      [BACKEND_ARN, invocable((event) => sampleBackend(event as never))],
    ]),
    stage: { name: isHttpApi(apiType) ? "$default" : "dev", variables: stageVariables(layout) },
    region: "eu-west-1",
    accountId: "123456789012",
    apiId: "api1234567",
    encodedPaths: DEFAULT_LAYOUT_OPTIONS.encodedPaths,
  });
  const server = createServer({ maxHeaderSize: 65_536 }, gateway.handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => closeAll(server),
  };
}

const closeAll = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });
