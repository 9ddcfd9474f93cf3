import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";

/** What a plain authorizer needs of its environment. */
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

export const settingsOf = (env: NodeJS.ProcessEnv): PlainSettings => ({
  issuer: env["ISSUER"] ?? "",
  audience: env["AUDIENCE"] ?? "",
  jwksUri: env["JWKS_URI"] ?? "",
  table: env["TABLE_NAME"] ?? "",
});

/** The token of the Authorization header. */
export const tokenOf = ({ headers }: APIGatewayRequestAuthorizerEvent): string =>
  (headers?.["Authorization"] ?? "").replace(/^Bearer /, "");

/** Allows the routes that the caller's roles grant without a binding: the least that an authorizer of this kind does. */
export function plainAnswer(
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
