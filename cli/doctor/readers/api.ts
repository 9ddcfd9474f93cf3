import {
  type APIGatewayClient,
  type Authorizer,
  type GatewayResponse,
  GetAccountCommand,
  GetAuthorizersCommand,
  GetExportCommand,
  GetGatewayResponsesCommand,
  GetRestApiCommand,
  GetStageCommand,
  type Method,
  paginateGetResources,
  type Resource,
} from "@aws-sdk/client-api-gateway";
import { type ApiShape, readDocumentShape, readLiveShape } from "../api-shape.ts";
import type { ApiReading, Preflight, StageReading } from "../state.ts";
import type { Target } from "../target.ts";

/** Reads the live API. */
export async function readApi(client: APIGatewayClient, { api }: Pick<Target, "api">): Promise<ApiReading> {
  const { policy, apiKeySource = "HEADER" } = await client.send(new GetRestApiCommand({ restApiId: api }));
  const resources: Resource[] = [];
  for await (const page of paginateGetResources(
    { client, pageSize: 500 },
    { restApiId: api, embed: ["methods"] },
  ))
    resources.push(...(page.items ?? []));
  const authorizers = await allPages<Authorizer>((position) =>
    client.send(new GetAuthorizersCommand({ restApiId: api, limit: 500, position })),
  );
  const responses = await allPages<GatewayResponse>((position) =>
    client.send(new GetGatewayResponsesCommand({ restApiId: api, limit: 500, position })),
  );
  return {
    shape: readLiveShape(resources, authorizers, responses),
    authorizerIds: new Map(authorizers.map(({ id = "", name = "" }) => [name, id])),
    preflights: new Map(
      resources.flatMap(({ path = "", resourceMethods = {} }) =>
        resourceMethods["OPTIONS"] === undefined ? [] : [[path, parsePreflight(resourceMethods["OPTIONS"])]],
      ),
    ),
    keySource: apiKeySource,
    keyed: resources.flatMap(({ path = "", resourceMethods = {} }) =>
      Object.entries(resourceMethods).flatMap(([method, { apiKeyRequired }]) =>
        apiKeyRequired === true ? [`${method} ${path}`] : [],
      ),
    ),
    policy: policy === undefined || policy === "" ? undefined : policy,
  };
}

async function allPages<Item>(
  fetchPage: (
    position: string | undefined,
  ) => Promise<{ items?: Item[] | undefined; position?: string | undefined }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let position: string | undefined;
  do {
    const page = await fetchPage(position);
    items.push(...(page.items ?? []));
    position = page.position;
  } while (position !== undefined && position !== "");
  return items;
}

const ALLOW_METHODS = "method.response.header.Access-Control-Allow-Methods";

/** A mock integration has the methods as `'GET,OPTIONS'`, with the quotes. */
function parsePreflight({ methodIntegration }: Method): Preflight {
  const responses = Object.values(methodIntegration?.integrationResponses ?? {});
  const response = responses.find(
    ({ responseParameters }) => responseParameters?.[ALLOW_METHODS] !== undefined,
  );
  const methods = response?.responseParameters?.[ALLOW_METHODS]?.replaceAll("'", "").split(",");
  // moto returns the type in the spelling of the definition.
  return { mock: methodIntegration?.type?.toUpperCase() === "MOCK", methods };
}

/** Reads the deployed API from the stage's export, which has the API as deployed and not the live one. */
export async function readDeployed(client: APIGatewayClient, { api, stage }: Target): Promise<ApiShape> {
  const { body } = await client.send(
    new GetExportCommand({
      restApiId: api,
      stageName: stage,
      exportType: "oas30",
      parameters: { extensions: "apigateway" },
      accepts: "application/json",
    }),
  );
  const document = JSON.parse(Buffer.from(body ?? []).toString("utf8")) as Readonly<Record<string, unknown>>;
  if (!String(document["openapi"]).startsWith("3."))
    throw new Error("the stage's export is not an OpenAPI 3 document");
  return readDocumentShape(document);
}

/** Reads the settings of the stage. */
export async function readStage(
  client: APIGatewayClient,
  { api, stage: stageName }: Target,
): Promise<StageReading> {
  const stage = await client.send(new GetStageCommand({ restApiId: api, stageName }));
  return {
    variables: stage.variables ?? {},
    cacheCluster: stage.cacheClusterEnabled === true,
    methods: Object.entries(stage.methodSettings ?? {}).map(([name, settings]) => ({
      name,
      caching: settings.cachingEnabled === true,
      dataTrace: settings.dataTraceEnabled === true,
    })),
    accessLog: (stage.accessLogSettings?.destinationArn ?? "") !== "",
  };
}

/** Reads the role with which API Gateway writes logs. An account has one in each region. */
export async function readLogRole(client: APIGatewayClient): Promise<string | undefined> {
  const { cloudwatchRoleArn } = await client.send(new GetAccountCommand({}));
  return cloudwatchRoleArn === "" ? undefined : cloudwatchRoleArn;
}
