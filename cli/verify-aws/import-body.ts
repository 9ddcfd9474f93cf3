import {
  type APIGatewayClient,
  DeleteRestApiCommand,
  ImportRestApiCommand,
  paginateGetRestApis,
} from "@aws-sdk/client-api-gateway";
import {
  type ApiGatewayV2Client,
  DeleteApiCommand,
  GetApisCommand,
  ImportApiCommand,
} from "@aws-sdk/client-apigatewayv2";
import { shellQuote } from "../../core/policy-files/source/shell-quote.ts";
import { type ApiShape, readDocumentShape } from "../doctor/api-shape.ts";
import { readApi } from "../doctor/readers/api.ts";
import { readHttpApi } from "../doctor/readers/http-api.ts";
import type { Body } from "./body.ts";
import type { Undo } from "./undo.ts";

/** What API Gateway made of a body. */
export interface ImportedBody {
  readonly apiType: "rest" | "http";
  /** API Gateway's own warnings. */
  readonly warnings: readonly string[];
  /** Routes that the API does not have, or that are behind another authorizer, in words. */
  readonly lost: readonly string[];
}

interface Clients {
  readonly apiGateway: APIGatewayClient;
  readonly apiGatewayV2: ApiGatewayV2Client;
}

/** Imports a body into an API of its own, and compares the two. Registers the API with `undo` before it is created. */
export async function importBody(
  clients: Clients,
  { document, http }: Body,
  { name, region, undo }: { name: string; region: string; undo: Undo },
): Promise<ImportedBody> {
  const named = { ...document, info: { ...(document["info"] as object), title: name } };
  undo.add(http ? httpApiDeletion(clients, name, region) : restApiDeletion(clients, name, region));
  const { id, warnings } = http ? await importHttp(clients, named) : await importRest(clients, named);
  const { shape } = http
    ? await readHttpApi(clients.apiGatewayV2, id)
    : await readApi(clients.apiGateway, { api: id });
  return { apiType: http ? "http" : "rest", warnings, lost: findLost(readDocumentShape(named), shape) };
}

interface Imported {
  readonly id: string;
  readonly warnings: readonly string[];
}

async function importRest({ apiGateway }: Clients, document: object): Promise<Imported> {
  const { id, warnings = [] } = await apiGateway.send(
    new ImportRestApiCommand({
      failOnWarnings: false,
      parameters: { endpointConfigurationTypes: "REGIONAL" },
      body: Buffer.from(JSON.stringify(document)),
    }),
  );
  return { id: id ?? "", warnings };
}

async function importHttp({ apiGatewayV2 }: Clients, document: object): Promise<Imported> {
  const { ApiId, Warnings, ImportInfo } = await apiGatewayV2.send(
    new ImportApiCommand({ FailOnWarnings: false, Body: JSON.stringify(document) }),
  );
  return { id: ApiId ?? "", warnings: [...(Warnings ?? []), ...(ImportInfo ?? [])] };
}

function findLost(wanted: ApiShape, found: ApiShape): string[] {
  return [...wanted.guards].flatMap(([route, guard]) => {
    const live = found.guards.get(route);
    if (live === guard) return [];
    return [live === undefined ? `${route} is missing` : `${route} is behind ${live}, not ${guard}`];
  });
}

/** Deletes REST APIs by name, because an interrupted creation returns no id. */
export const restApiDeletion = (
  { apiGateway }: Pick<Clients, "apiGateway">,
  name: string,
  region: string,
): Parameters<Undo["add"]>[0] => ({
  what: `REST API ${name}`,
  byHand: `aws apigateway get-rest-apis --region ${shellQuote(region)} --query "items[?name=='${name}'].id" --output text | xargs -n 1 aws apigateway delete-rest-api --region ${shellQuote(region)} --rest-api-id`,
  async run() {
    for await (const { items } of paginateGetRestApis({ client: apiGateway }, { limit: 500 }))
      for (const { id } of (items ?? []).filter((api) => api.name === name))
        await unlessGone(() => apiGateway.send(new DeleteRestApiCommand({ restApiId: id })));
  },
});

const httpApiDeletion = (
  { apiGatewayV2 }: Clients,
  name: string,
  region: string,
): Parameters<Undo["add"]>[0] => ({
  what: `HTTP API ${name}`,
  byHand: `aws apigatewayv2 get-apis --region ${shellQuote(region)} --query "Items[?Name=='${name}'].ApiId" --output text | xargs -n 1 aws apigatewayv2 delete-api --region ${shellQuote(region)} --api-id`,
  async run() {
    let NextToken: string | undefined;
    do {
      const page = await apiGatewayV2.send(new GetApisCommand({ MaxResults: "500", NextToken }));
      for (const { ApiId } of (page.Items ?? []).filter((api) => api.Name === name))
        await unlessGone(() => apiGatewayV2.send(new DeleteApiCommand({ ApiId })));
      NextToken = page.NextToken;
    } while (NextToken !== undefined && NextToken !== "");
  },
});

/** Runs a deletion and ignores that the resource does not exist. */
export async function unlessGone(deletion: () => Promise<unknown>): Promise<void> {
  try {
    await deletion();
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (!/^(NotFoundException|ResourceNotFoundException|NoSuchEntityException|NoSuchEntity)$/.test(name))
      throw error;
  }
}
