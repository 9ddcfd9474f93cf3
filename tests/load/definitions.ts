import { CACHING_MODES, type CachingMode } from "../../core/model/layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../core/policy-files/compile/compile.ts";
import { buildPolicies, type Selector, TENANT_HEADER } from "./files.ts";
import type { World } from "./world.ts";

interface Definition {
  readonly components: {
    readonly securitySchemes: Readonly<
      Record<string, { readonly "x-amazon-apigateway-authorizer": { readonly identitySource: string } }>
    >;
  };
}

/** Lists every authorizer of every caching mode, with its identity sources. */
function listAuthorizers(world: World, selector: Selector) {
  const { definitions } = compilePolicies([buildPolicies(world, selector)], "token", DEFAULT_LAYOUT_OPTIONS);
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
 * Checks the identity sources of each authorizer, which are the key of its cache. Returns the number of authorizers.
 *
 * @throws Error that lists the missing identity sources
 */
export function checkIdentitySources(world: World): number {
  const authorizers = [
    ...listAuthorizers(world, "claim").map((found) => ({ ...found, expected: expectedSources(found.mode) })),
    ...listAuthorizers(world, "header").map((found) => ({
      ...found,
      expected: [...expectedSources(found.mode), `method.request.header.${TENANT_HEADER}`],
    })),
  ];
  const wrong = authorizers.flatMap(({ mode, name, sources, expected }) => {
    const missing = [`stageVariables.${name}`, ...expected].filter((source) => !sources.includes(source));
    return missing.map((source) => `${mode}: authorizer ${name} has no identity source ${source}`);
  });
  const tokenGroups = authorizers.filter(({ mode }) => mode === "token").length;
  if (tokenGroups < 4) wrong.push("mode token has only one authorizer, so no responses could be mixed up");
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  return authorizers.length;
}

const expectedSources = (mode: CachingMode): string[] => [
  "method.request.header.Authorization",
  ...(mode === "route" ? ["context.httpMethod", "context.resourcePath"] : []),
];
