import type { Problems } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import type { IssuerDefinition } from "./issuer-presets.ts";
import type { Api, Operation } from "./operation.ts";
import type { OperationSettings } from "./schemas.ts";

/** A route that API Gateway's own JWT authorizer guards, which only an HTTP API has. */
export type JwtOperation = Operation & { readonly jwt: string };

export const jwtOperations = ({ operations }: Pick<Api, "operations">): JwtOperation[] =>
  operations.filter((operation): operation is JwtOperation => operation.jwt !== undefined);

/** An issuer's name as placeholders of the definition spell it. */
export const issuerPlaceholder = (issuer: string): string => issuer.toLowerCase().replace(/[^a-z0-9]/g, "_");

/** A line for each route that Portcullis does not decide, for a terminal. */
export const jwtLines = (api: Pick<Api, "operations">): string[] =>
  jwtOperations(api).map(
    ({ route, jwt }) =>
      `  ${route.key} is left to API Gateway's own JWT authorizer: any token of ${jwt}${route.scopes.length === 0 ? "" : ` with scope ${route.scopes[0]}`} passes, and no tenant and no role is looked at`,
  );

/** What API Gateway's own authorizer does not look at may not stand beside `jwt`. */
export function checkJwtSettings(
  read: OperationSettings,
  source: Source,
  pointer: Path,
  what: string,
  problems: Problems,
): void {
  if (read.jwt === undefined) return;
  for (const name of ["public", "permission", "explicit", "bind", "auth"] as const)
    if (read[name] !== undefined)
      problems.error(
        source.at([...pointer, name]),
        `${what} has jwt, so API Gateway looks at no tenant and no role, and nothing checks its ${name}: remove one of the two`,
      );
  if ((read.scopes?.length ?? 0) > 1)
    problems.error(
      source.at([...pointer, "scopes"]),
      `${what}: API Gateway's own JWT authorizer is content with any one of several scopes: name one`,
    );
}

/** Tells issuers that nobody trusts; undefined: not known. */
export function checkJwtIssuers(
  api: Api | undefined,
  issuers: ReadonlyMap<string, IssuerDefinition> | undefined,
  problems: Problems,
): void {
  if (api === undefined || issuers === undefined) return;
  for (const { jwt, route, pointer } of jwtOperations(api))
    if (!issuers.has(jwt))
      problems.error(
        api.source.at([...pointer, "x-portcullis", "jwt"]),
        `${route.key}: unknown issuer "${jwt}"${suggestion(jwt, issuers.keys())}`,
      );
  const names = new Map(jwtOperations(api).map(({ jwt }) => [issuerPlaceholder(jwt), jwt]));
  for (const { jwt, pointer } of jwtOperations(api))
    if (names.get(issuerPlaceholder(jwt)) !== jwt)
      problems.error(
        api.source.at([...pointer, "x-portcullis", "jwt"]),
        `issuers "${jwt}" and "${names.get(issuerPlaceholder(jwt))}" differ in case and in other signs than letters and digits only: rename one`,
      );
}
