import type { Request } from "../../bench/scale/traffic.ts";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import { issuerName } from "../../core/model/ids.ts";
import { CATALOGUE_KEY, type Item } from "../../core/model/items.ts";
import { type CachingMode, type Layout, readLayout, stageVariables } from "../../core/model/layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../core/policy-files/compile/compile.ts";
import { MAIN_ISSUER } from "../../core/policy-files/model/issuers.ts";
import { placeholderName } from "../../core/policy-files/openapi/integrations.ts";
import { renderTemplate } from "../../core/policy-files/openapi/render-template.ts";
import { createAuthorizer } from "../../lambdas/authorizer/create-authorizer.ts";
import type { OpenApiDocument } from "../../local/apigateway/rest/gateway.ts";
import {
  createIdentityProvider,
  type IdentityProvider,
  LOCAL_AUDIENCE,
} from "../../local/identity-provider/identity-provider.ts";
import type { TrustConfig } from "../../runtime/jwt/trust-config.ts";
import type { ItemReader } from "../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../runtime/table/permissions-table.ts";
import {
  AUTHORIZER_ARN,
  BACKEND_ARN,
  echo,
  invocable,
  invocationUri,
  startGateway,
} from "../local/apigateway/rest/harness.ts";

/** The sample behind the real local gateway and real authorizers, on a clock that requests set. */
export interface RealStack {
  /** One as the model has it; its time is the clock's from then on. */
  send(request: Request): Promise<void>;
  readonly seen: {
    calls: number;
    catalogueQueries: number;
    batches: number;
    keys: number;
    keyFetches: number;
  };
}

const ISSUER = "https://issuer.example";
const TENANTS = ["acme", "globex", "hooli"];
const TTL = 60;

/** @param environments as many authorizers, which are called in turn, each with a memory of its own */
export async function startRealStack(mode: CachingMode, environments: number): Promise<RealStack> {
  const start = Date.now();
  let clock = start;
  const now = (): number => clock;
  const seen: RealStack["seen"] = { calls: 0, catalogueQueries: 0, batches: 0, keys: 0, keyFetches: 0 };
  const { layout, definition, items } = build(mode);
  const provider = createIdentityProvider(ISSUER, () => MAIN_ISSUER);
  const jwks = await provider.jwks();
  const handlers = Array.from({ length: environments }, () =>
    createAuthorizer({
      trust: TRUST,
      layout,
      table: permissionsTable({ reader: countingReader(items, seen), ttlSeconds: 30, now }),
      now,
      log: () => undefined,
      getJson: () => {
        seen.keyFetches++;
        return Promise.resolve(jwks);
      },
    }),
  );
  const authorizer = invocable((event) => handlers[seen.calls++ % environments]?.(event));
  const gateway = await startGateway(definition, {
    functions: new Map([
      [AUTHORIZER_ARN, authorizer],
      [BACKEND_ARN, echo],
    ]),
    stage: { name: "dev", variables: stageVariables(layout) },
    now,
  });
  const tokens = minted(provider);
  const routes = layout.groups.flatMap((group) => group.routes);
  return {
    seen,
    async send({ at, token, tenant, route }) {
      clock = start + at * 1_000;
      const { method, path } = routes[route] ?? { method: "", path: "" };
      const Authorization = `Bearer ${await tokens(token, TENANTS[tenant % TENANTS.length] ?? "")}`;
      const { status, text } = await gateway.send(method, path.replaceAll(/\{[^}]+\}/g, "42"), {
        headers: { Authorization },
      });
      if (![200, 400, 403].includes(status)) throw new Error(`${method} ${path}: ${status} ${text}`);
    },
  };
}

const TRUST: TrustConfig = {
  issuers: [
    {
      name: issuerName(MAIN_ISSUER.name),
      url: ISSUER,
      jwksUri: `${ISSUER}/jwks.json`,
      audiences: [LOCAL_AUDIENCE],
      algorithms: ["RS256"],
    },
  ],
  clockToleranceSeconds: 30,
  keysStaleSeconds: 86_400,
  local: false,
};

function build(mode: CachingMode): { layout: Layout; definition: OpenApiDocument; items: readonly Item[] } {
  const { policies } = loadPolicyFolder("policies", "dev");
  if (policies === undefined) throw new Error("The sample has errors");
  const { layouts, definitions, backends, items } = compilePolicies([policies], mode, DEFAULT_LAYOUT_OPTIONS);
  const data = layouts[mode];
  if (data === undefined) throw new Error(`The sample has no layout for ${mode}`);
  const definition = renderTemplate(definitions[mode], values(mode, backends.keys())) as OpenApiDocument;
  return { layout: readLayout(data), definition, items: items.get("dev") ?? [] };
}

function values(mode: CachingMode, backends: Iterable<string>): Record<string, string | number> {
  const uri = invocationUri(BACKEND_ARN);
  const perBackend = [...backends].map(placeholderName).flatMap((name) => [
    [`backend_${name}_uri`, uri],
    [`backend_${name}_url`, "http://127.0.0.1"],
    [`backend_${name}_connection_type`, ""],
    [`backend_${name}_connection_id`, ""],
    [`backend_${name}_http_key`, "x-unused"],
    [`backend_${name}_sample_key`, "x-amazon-apigateway-integration"],
  ]);
  return {
    authorizer_uri: invocationUri(AUTHORIZER_ARN),
    authorizer_ttl: mode === "off" ? 0 : TTL,
    sample_backend_uri: uri,
    request_validator: "parameters",
    cors_allowed_origins: "'*'",
    cors_error_origin: "*",
    cors_allowed_headers: "Authorization",
    cors_max_age: "600",
    ...Object.fromEntries(perBackend),
  };
}

function countingReader(items: readonly Item[], seen: RealStack["seen"]): ItemReader {
  return {
    catalogue() {
      seen.catalogueQueries++;
      return Promise.resolve(items.filter(({ pk }) => pk === CATALOGUE_KEY));
    },
    items(keys) {
      seen.batches++;
      seen.keys += keys.length;
      return Promise.resolve(
        items.filter(({ pk, sk }) => keys.some((key) => key.pk === pk && key.sk === sk)),
      );
    },
  };
}

/** Each of the model's tokens as a real one, of a subject of its own. */
function minted(provider: IdentityProvider): (token: number, tenant: string) => Promise<string> {
  const known = new Map<number, Promise<string>>();
  return (token, tenant) => {
    const minting =
      known.get(token) ??
      provider.mint({ tenants: [tenant], roles: ["editor"], subject: `user-${token}`, expiresIn: 7_200 });
    known.set(token, minting);
    return minting;
  };
}
