import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";

/** Settings that a plain authorizer reads from its environment. */
export interface PlainSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
  readonly table: string;
}

export interface PlainRole {
  readonly name: string;
  readonly grants: readonly string[];
}

export const readSettings = (env: NodeJS.ProcessEnv): PlainSettings => ({
  issuer: env["ISSUER"] ?? "",
  audience: env["AUDIENCE"] ?? "",
  jwksUri: env["JWKS_URI"] ?? "",
  table: env["TABLE_NAME"] ?? "",
});

/** Returns the token of the Authorization header. */
export const bearerToken = ({ headers }: APIGatewayRequestAuthorizerEvent): string =>
  (headers?.["Authorization"] ?? "").replace(/^Bearer /, "");

/** Allows the routes that the caller's roles grant without a binding. An authorizer of this kind cannot do less. */
export function plainResponse(
  { methodArn }: APIGatewayRequestAuthorizerEvent,
  caller: { readonly subject: string; readonly tenant: string; readonly roles: readonly string[] },
  roles: readonly PlainRole[],
) {
  const base = methodArn.split("/", 2).join("/");
  const routes = roles
    .filter(({ name }) => caller.roles.includes(name))
    .flatMap(({ grants }) => grants.filter((grant) => !grant.includes(" where ")));
  const Resource = routes.map((route) => `${base}/${route.replace(" /", "/").replace(/\{[^}]+\}/g, "?*")}`);
  return {
    principalId: caller.subject,
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource }],
    },
    context: { userId: caller.subject, tenantId: caller.tenant, roles: caller.roles.join(",") },
  };
}
