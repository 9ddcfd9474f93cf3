import {
  APIGatewayClient,
  CreateAuthorizerCommand,
  GetResourcesCommand,
  PutGatewayResponseCommand,
  PutIntegrationCommand,
  PutMethodCommand,
} from "@aws-sdk/client-api-gateway";
import {
  GetFunctionConfigurationCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { INTEGRATION_KEY } from "../../../../core/policy-files/openapi/integrations.ts";
import { listen } from "../../../end-to-end/issuers.ts";
import type { Body, Deployed } from "../deployed.ts";
import type { DeployedApi } from "../deployed-api.ts";
import type { Account } from "../support/account.ts";
import { type Moto, REGION } from "../support/moto.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Starts a proxy to moto that answers a stage's export with the deployed definition, as AWS does, because moto exports
 * Swagger 2 without authorizers. All other requests go to moto.
 */
export async function startMotoWithExport({ endpoint }: Moto, body: Body) {
  return listen(async (request, response) => {
    const path = request.url ?? "/";
    if (/^\/restapis\/[^/]+\/stages\/[^/]+\/exports\/oas30/.test(path))
      return void response.end(JSON.stringify(body));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { host: _host, connection: _connection, "content-length": _length, ...headers } = request.headers;
    const upstream = await fetch(endpoint + path, {
      method: request.method ?? "GET",
      headers: headers as Record<string, string>,
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    const forwarded = [...upstream.headers].filter(
      ([name]) => !/^(content-(length|encoding)|transfer-encoding|connection)$/.test(name),
    );
    response.writeHead(upstream.status, Object.fromEntries(forwarded));
    response.end(Buffer.from(await upstream.arrayBuffer()));
  });
}

export const apiGatewayAt = (endpoint: string): APIGatewayClient =>
  new APIGatewayClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });

/** Creates by calls what moto drops from an import: authorizers, the methods' authorizer ids, and gateway responses. */
export async function completeApi({ outputs, body }: Deployed, account: Account): Promise<void> {
  const { apiGateway } = account;
  const restApiId = outputs.api_id;
  const schemes = (body["components"] as { securitySchemes: Record<string, Json> }).securitySchemes;
  for (const [name, scheme] of Object.entries(schemes)) {
    const settings = scheme["x-amazon-apigateway-authorizer"] as Json;
    const { id } = await apiGateway.send(
      new CreateAuthorizerCommand({
        ...{ restApiId, name, type: "REQUEST", authType: "custom" },
        authorizerUri: String(settings["authorizerUri"]),
        identitySource: String(settings["identitySource"]),
        authorizerResultTtlInSeconds: Number(settings["authorizerResultTtlInSeconds"]),
      }),
    );
    for (const method of guardedBy(name, body))
      await putMethod(account, restApiId, { ...method, authorizerId: id });
  }
  const responses = body["x-amazon-apigateway-gateway-responses"] as Readonly<Record<string, Json>>;
  for (const [responseType, response] of Object.entries(responses))
    await apiGateway.send(
      new PutGatewayResponseCommand({ restApiId, responseType: responseType as "UNAUTHORIZED", ...response }),
    );
}

/** The first group's authorizer, in which faults are planted. */
export const GROUP = "portcullis_g1";

/** Returns the methods that an authorizer guards. */
export const guardedBy = (scheme: string, body: Body) =>
  listOperations(body).filter(({ operation }) => firstScheme(operation) === scheme);

const firstScheme = (operation: Json): string | undefined =>
  Object.keys((operation["security"] as readonly object[] | undefined)?.[0] ?? {})[0];

export const listOperations = ({ paths }: Body) =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

interface GuardedMethod {
  readonly path: string;
  readonly method: string;
  /** Undefined if the method is open. */
  readonly authorizerId: string | undefined;
  readonly operation: Json;
}

/** Puts the method and its integration again, because moto has no UpdateMethod. */
export async function putMethod(
  { apiGateway }: Pick<Account, "apiGateway">,
  restApiId: string,
  { path, method: httpMethod, authorizerId, operation }: GuardedMethod,
): Promise<void> {
  const resourceId = await findResource({ apiGateway }, restApiId, path);
  const methodKey = { restApiId, resourceId, httpMethod };
  await apiGateway.send(
    new PutMethodCommand({
      ...methodKey,
      ...(authorizerId === undefined
        ? { authorizationType: "NONE" }
        : { authorizationType: "CUSTOM", authorizerId }),
    }),
  );
  const { type, uri } = operation[INTEGRATION_KEY] as { readonly type: string; readonly uri: string };
  await apiGateway.send(
    new PutIntegrationCommand({
      ...methodKey,
      type: type.toUpperCase() as "MOCK",
      uri,
      integrationHttpMethod: "POST",
    }),
  );
}

/** Returns the id of a path's resource. */
export async function findResource(
  { apiGateway }: Pick<Account, "apiGateway">,
  restApiId: string,
  path: string,
): Promise<string | undefined> {
  const { items = [] } = await apiGateway.send(new GetResourcesCommand({ restApiId, limit: 500 }));
  return items.find((resource) => resource.path === path)?.id;
}

/** Publishes a version of the function with its issuers' keys on this machine, and sets the alias to it. */
export async function trustLocalKeys(
  { outputs }: Deployed,
  { lambda }: Account,
  api: DeployedApi,
): Promise<void> {
  const { function: FunctionName, alias: Name } = outputs.authorizer;
  const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: Name }));
  const Variables = api.withLocalKeys(found.Environment?.Variables ?? {});
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new UpdateAliasCommand({ FunctionName, Name, FunctionVersion: Version }));
}
