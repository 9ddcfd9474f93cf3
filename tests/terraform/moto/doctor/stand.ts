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
import type { DeployedFront } from "../deployed-front.ts";
import type { Account } from "../support/account.ts";
import { type Moto, REGION } from "../support/moto.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * moto with what it lacks: it exports Swagger 2 without authorizers, so a stage's export is here the definition
 * that was deployed, as AWS exports it. All else is moto's.
 */
export async function exportingMoto({ endpoint }: Moto, body: Body) {
  return listen(async (request, response) => {
    const path = request.url ?? "/";
    if (/^\/restapis\/[^/]+\/stages\/[^/]+\/exports\/oas30/.test(path))
      return void response.end(JSON.stringify(body));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { host: _host, connection: _connection, "content-length": _length, ...headers } = request.headers;
    const answer = await fetch(endpoint + path, {
      method: request.method ?? "GET",
      headers: headers as Record<string, string>,
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    const kept = [...answer.headers].filter(
      ([name]) => !/^(content-(length|encoding)|transfer-encoding|connection)$/.test(name),
    );
    response.writeHead(answer.status, Object.fromEntries(kept));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
}

export const apiGatewayAt = (endpoint: string): APIGatewayClient =>
  new APIGatewayClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });

/** Makes by calls what moto drops of an import: authorizers, the methods' guards, and gateway responses. */
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

/** The first group's authorizer, which faults are planted in. */
export const GROUP = "portcullis_g1";

/** The methods that an authorizer guards. */
export const guardedBy = (scheme: string, body: Body) =>
  operationsOf(body).filter(({ operation }) => schemeOf(operation) === scheme);

const schemeOf = (operation: Json): string | undefined =>
  Object.keys((operation["security"] as readonly object[] | undefined)?.[0] ?? {})[0];

export const operationsOf = ({ paths }: Body) =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

interface GuardedMethod {
  readonly path: string;
  readonly method: string;
  /** Undefined: open. */
  readonly authorizerId: string | undefined;
  readonly operation: Json;
}

/** moto has no UpdateMethod: the method is put again, and its integration with it. */
export async function putMethod(
  { apiGateway }: Pick<Account, "apiGateway">,
  restApiId: string,
  { path, method: httpMethod, authorizerId, operation }: GuardedMethod,
): Promise<void> {
  const resourceId = await resourceAt({ apiGateway }, restApiId, path);
  const place = { restApiId, resourceId, httpMethod };
  await apiGateway.send(
    new PutMethodCommand({
      ...place,
      ...(authorizerId === undefined
        ? { authorizationType: "NONE" }
        : { authorizationType: "CUSTOM", authorizerId }),
    }),
  );
  const { type, uri } = operation[INTEGRATION_KEY] as { readonly type: string; readonly uri: string };
  await apiGateway.send(
    new PutIntegrationCommand({
      ...place,
      type: type.toUpperCase() as "MOCK",
      uri,
      integrationHttpMethod: "POST",
    }),
  );
}

/** The id of a path's resource. */
export async function resourceAt(
  { apiGateway }: Pick<Account, "apiGateway">,
  restApiId: string,
  path: string,
): Promise<string | undefined> {
  const { items = [] } = await apiGateway.send(new GetResourcesCommand({ restApiId, limit: 500 }));
  return items.find((resource) => resource.path === path)?.id;
}

/** Publishes the function with its issuers' keys on this machine, and gives the alias to it. */
export async function trustLocalKeys(
  { outputs }: Deployed,
  { lambda }: Account,
  apiType: DeployedFront,
): Promise<void> {
  const { function: FunctionName, alias: Name } = outputs.authorizer;
  const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: Name }));
  const Variables = apiType.withLocalKeys(found.Environment?.Variables ?? {});
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new UpdateAliasCommand({ FunctionName, Name, FunctionVersion: Version }));
}
