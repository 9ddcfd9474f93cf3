import { CACHING_MODES, type CachingMode } from "../../core/model/layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../core/policy-files/compile/compile.ts";
import { policiesOf, type Selector, TENANT_HEADER } from "./files.ts";
import type { World } from "./world.ts";

interface Definition {
  readonly components: {
    readonly securitySchemes: Readonly<
      Record<string, { readonly "x-amazon-apigateway-authorizer": { readonly identitySource: string } }>
    >;
  };
}

/** Every authorizer of every caching mode, with its identity sources. */
function authorizers(world: World, selector: Selector) {
  const { definitions } = compilePolicies([policiesOf(world, selector)], "token", DEFAULT_LAYOUT_OPTIONS);
  return CACHING_MODES.flatMap((mode) => {
    const schemes = (definitions[mode] as Definition).components.securitySchemes;
    return Object.entries(schemes).map(([name, scheme]) => ({
      mode,
      name,
      sources: scheme["x-amazon-apigateway-authorizer"].identitySource.split(", "),
    }));
  });
}

/**
 * What each authorizer's cache is keyed by. @throws Error naming those that lack something; resolves to how
 * many were looked at
 */
export function checkIdentitySources(world: World): number {
  const seen = [
    ...authorizers(world, "claim").map((found) => ({ ...found, wanted: wantedOf(found.mode) })),
    ...authorizers(world, "header").map((found) => ({
      ...found,
      wanted: [...wantedOf(found.mode), `method.request.header.${TENANT_HEADER}`],
    })),
  ];
  const wrong = seen.flatMap(({ mode, name, sources, wanted }) => {
    const missing = [`stageVariables.${name}`, ...wanted].filter((source) => !sources.includes(source));
    return missing.map((source) => `${mode}: authorizer ${name} has no identity source ${source}`);
  });
  const tokenGroups = seen.filter(({ mode }) => mode === "token").length;
  if (tokenGroups < 4) wrong.push("mode token has one authorizer only: nothing could be mixed up");
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  return seen.length;
}

const wantedOf = (mode: CachingMode): string[] => [
  "method.request.header.Authorization",
  ...(mode === "route" ? ["context.httpMethod", "context.resourcePath"] : []),
];
