import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import { type CachingMode, findRoute, readLayout, stageVariables } from "../../core/model/layout.ts";
import { selectRoute } from "../../core/model/route.ts";
import type { AuthorizerResponse } from "../../core/policy/authorizer-response.ts";
import type { CompiledPolicies } from "../../core/policy-files/compile/compile.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { trustedIssuers } from "../../local/deployment.ts";
import { handleIdentityRequest } from "../../local/identity-provider/identity-server.ts";
import { createFunction } from "../../local/lambda/function.ts";
import {
  createEmbeddedTable,
  createTable,
  isTableRequest,
  seedTable,
  TABLE_NAME,
} from "../../local/table/table.ts";
import { readCaller } from "../../packages/caller/index.ts";
import { authorizerZip } from "../../packaging/bundle.ts";
import { naivelyAllows } from "../oracle/naive-matcher.ts";
import { BASE_ARN } from "../support/api.ts";
import { type Build, buildOf } from "../support/compiled.ts";
import { localEnvironment } from "../support/configuration.ts";
import { createProviders, listen, stop } from "./issuers.ts";
import { type Outcome, pathWithoutQuery, type Request, type StartTarget, type Target } from "./target.ts";
import type { Providers } from "./tokens.ts";

/** Runs the bundle that is deployed, with events built here, against a table and issuers of its own. */
export const startLambda: StartTarget = (policies, cache) => startBundle(policies, buildOf(policies, cache));

/** Runs a bundle with the layout and the table items of a build. By default it is the current bundle. */
export async function startBundle(
  policies: PolicySet,
  { compiled, layout: data, items, deployed }: BuiltParts,
): Promise<Target> {
  const layout = readLayout(data);
  const table = createEmbeddedTable();
  let providers: Providers | undefined;
  const { server, origin } = await listen((request, response) => {
    if (isTableRequest(request)) return table.handle(request, response);
    handleIdentityRequest(request, response, (name) =>
      policies.issuers.has(name) ? providers?.(name) : undefined,
    ).catch(() => response.destroy());
  });
  const issuers = createProviders(policies, origin);
  providers = issuers;
  const client = new DynamoDBClient({
    endpoint: origin,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  await createTable(client, TABLE_NAME);
  await seedTable(client, TABLE_NAME, items);
  // Items that a table had are written as they were.
  for (const item of deployed?.table ?? [])
    await client.send(new PutItemCommand({ TableName: TABLE_NAME, Item: marshallItem(item) }));
  const logs: string[] = [];
  const authorizer = createFunction({
    name: "authorizer-under-test",
    zip: deployed?.zip ?? (await authorizerZip(compiled.layouts)),
    environment: deployed?.environment(origin) ?? functionEnvironment(origin, policies, compiled.mode),
    timeoutMs: 5_000,
    memoryMb: 512,
    onLog: (line) => logs.push(line),
  });
  const routes = policies.api.operations.map(({ route }) => route);

  async function send(request: Request): Promise<Outcome> {
    const { method, path, token } = request;
    const route = selectRoute(routes, method, pathWithoutQuery(path));
    if (route === undefined) return { status: 403, reason: undefined, caller: undefined };
    if (findRoute(layout, route.key) === undefined) return { status: 200, reason: undefined, caller: null };
    const headers = {
      ...request.headers,
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    };
    const methodArn = `${BASE_ARN}/${method}${pathWithoutQuery(path)}`;
    const result = await authorizer.invoke({
      type: "REQUEST",
      methodArn,
      resource: route.path,
      path: pathWithoutQuery(path),
      httpMethod: method,
      headers,
      multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      stageVariables: stageVariables(layout),
      requestContext: { requestId: "from-the-client", extendedRequestId: "from-api-gateway" },
    });
    if (!result.ok)
      return {
        status: result.error.errorMessage === "Unauthorized" ? 401 : 500,
        reason: undefined,
        caller: undefined,
      };
    const { policyDocument, context } = result.payload as AuthorizerResponse;
    if (!naivelyAllows(policyDocument, methodArn))
      return { status: 403, reason: context["reason"], caller: undefined };
    return {
      status: 200,
      reason: undefined,
      caller: { ...readCaller({ requestContext: { authorizer: context } }) },
    };
  }

  return {
    providers: issuers,
    send,
    logs: () => logs,
    close: async () => {
      client.destroy();
      await authorizer.close();
      await stop(server);
    },
  };
}

/** Returns the environment of a function for the origin of its table and its issuers. */
export const functionEnvironment = (
  origin: string,
  policies: PolicySet,
  mode: CachingMode,
): Readonly<Record<string, string>> =>
  localEnvironment(origin, trustedIssuers(origin, policies.issuers.values()), {
    TABLE_NAME,
    CACHING_MODE: mode,
  });

interface BuiltParts extends Pick<Build, "layout" | "items"> {
  readonly compiled: Pick<CompiledPolicies, "mode" | "layouts">;
  /** What another version deployed. */
  readonly deployed?: {
    readonly zip?: Uint8Array | undefined;
    readonly environment: (origin: string) => Readonly<Record<string, string>>;
    readonly table: readonly Item[];
  };
}
