import {
  type ApiGatewayV2Client,
  type Authorizer,
  GetAuthorizersCommand,
  GetRoutesCommand,
  GetStageCommand,
  type Route,
} from "@aws-sdk/client-apigatewayv2";
import { readHttpShape } from "../api-shape.ts";
import type { ApiReading, StageReading } from "../state.ts";
import type { Target } from "../target.ts";

/** Reads a live HTTP API. It has no preflight methods, resource policy or API keys. */
export async function readHttpApi(client: ApiGatewayV2Client, ApiId: string): Promise<ApiReading> {
  const routes = await allPages<Route>((NextToken) =>
    client.send(new GetRoutesCommand({ ApiId, NextToken, MaxResults: "500" })),
  );
  const authorizers = await allPages<Authorizer>((NextToken) =>
    client.send(new GetAuthorizersCommand({ ApiId, NextToken, MaxResults: "500" })),
  );
  return {
    shape: readHttpShape(routes, authorizers),
    authorizerIds: new Map(authorizers.map(({ AuthorizerId = "", Name = "" }) => [Name, AuthorizerId])),
    preflights: new Map(),
    policy: undefined,
    keySource: "HEADER",
    keyed: [],
  };
}

async function allPages<Item>(
  fetchPage: (
    token: string | undefined,
  ) => Promise<{ Items?: Item[] | undefined; NextToken?: string | undefined }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let token: string | undefined;
  do {
    const page = await fetchPage(token);
    items.push(...(page.Items ?? []));
    token = page.NextToken;
  } while (token !== undefined && token !== "");
  return items;
}

/** Reads the settings of an HTTP API's stage. */
export async function readHttpStage(
  client: ApiGatewayV2Client,
  { api, stage: StageName }: Pick<Target, "api" | "stage">,
): Promise<StageReading> {
  const stage = await client.send(new GetStageCommand({ ApiId: api, StageName }));
  return {
    variables: stage.StageVariables ?? {},
    cacheCluster: false,
    methods: [],
    accessLog: (stage.AccessLogSettings?.DestinationArn ?? "") !== "",
  };
}
