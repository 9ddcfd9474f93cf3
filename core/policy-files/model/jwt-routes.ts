import { BY_DIRECTORY } from "../../model/directory.ts";
import type { Problems } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import type { IssuerDefinition } from "./issuer-presets.ts";
import type { Api, Operation } from "./operation.ts";
import type { OperationSettings } from "./schemas.ts";

/** An operation that API Gateway's own JWT authorizer guards; only an HTTP API has one. */
export type JwtOperation = Operation & { readonly jwt: string };

export const jwtOperations = ({ operations }: Pick<Api, "operations">): JwtOperation[] =>
  operations.filter((operation): operation is JwtOperation => operation.jwt !== undefined);

/** Returns an issuer's name as the placeholders of the API definition spell it. */
export const issuerPlaceholder = (issuer: string): string => issuer.toLowerCase().replace(/[^a-z0-9]/g, "_");

/** Returns a line for each route that API Gateway's own JWT authorizer guards, for a terminal. */
export const jwtLines = (api: Pick<Api, "operations">): string[] =>
  jwtOperations(api).map(
    ({ route, jwt }) =>
      `  ${route.key} is left to API Gateway's own JWT authorizer: it accepts any token of ${jwt}${route.scopes.length === 0 ? "" : ` with scope ${route.scopes[0]}`}, and checks neither tenant nor role`,
  );

/**
 * Rejects settings that an operation with `jwt` cannot have, because API Gateway's own authorizer ignores them.
 */
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
        "conflicting-settings",
        source.at([...pointer, name]),
        `${what} has jwt, so API Gateway's own authorizer guards it and nothing checks its ${name}: remove jwt or ${name}`,
      );
  if ((read.scopes?.length ?? 0) > 1)
    problems.error(
      "jwt-scopes",
      source.at([...pointer, "scopes"]),
      `${what}: API Gateway's own JWT authorizer accepts a token with any one of several scopes: name one scope only`,
    );
}

/** Rejects `jwt` issuers that issuers.yaml does not have. Undefined `issuers`: they have an error. */
export function checkJwtIssuers(
  api: Api | undefined,
  issuers: ReadonlyMap<string, IssuerDefinition> | undefined,
  problems: Problems,
): void {
  if (api === undefined || issuers === undefined) return;
  for (const { jwt, route, pointer } of jwtOperations(api))
    if (!issuers.has(jwt))
      problems.error(
        "unknown-issuer",
        api.source.at([...pointer, "x-portcullis", "jwt"]),
        `${route.key}: there is no issuer "${jwt}"${suggestion(jwt, issuers.keys())}`,
      );
    else if (issuers.get(jwt)?.trust !== undefined)
      problems.error(
        "jwt-issuer",
        api.source.at([...pointer, "x-portcullis", "jwt"]),
        `${route.key}: issuer ${jwt} has its url in issuers.yaml, but API Gateway's own JWT authorizer needs one from Terraform: remove url there, and add ${jwt} to Terraform's issuers`,
      );
    else if (issuers.get(jwt)?.tenants === BY_DIRECTORY)
      problems.error(
        "jwt-issuer",
        api.source.at([...pointer, "x-portcullis", "jwt"]),
        `${route.key}: issuer ${jwt} has a directory for each tenant, but API Gateway's own JWT authorizer accepts one URL: name another issuer, or replace jwt by permission`,
      );
  const names = new Map(jwtOperations(api).map(({ jwt }) => [issuerPlaceholder(jwt), jwt]));
  for (const { jwt, pointer } of jwtOperations(api))
    if (names.get(issuerPlaceholder(jwt)) !== jwt)
      problems.error(
        "ambiguous-names",
        api.source.at([...pointer, "x-portcullis", "jwt"]),
        `issuers "${jwt}" and "${names.get(issuerPlaceholder(jwt))}" differ only in case or in characters other than letters and digits: rename one of them`,
      );
}
