import { GetAliasCommand } from "@aws-sdk/client-lambda";
import { type Aws, openAws } from "../doctor/aws.ts";
import * as doctor from "../doctor/readers/api.ts";
import { readHttpApi } from "../doctor/readers/http-api.ts";
import type { ApiReading } from "../doctor/state.ts";

/** Reads the role with which API Gateway writes logs in this account and region; undefined without one. */
export const readLogRole = (): Promise<string | undefined> =>
  withAws(({ apiGateway }) => doctor.readLogRole(apiGateway));

/** Reads the routes and authorizers of an HTTP API. */
export const readLiveHttpApi = (apiId: string): Promise<ApiReading> =>
  withAws(({ apiGatewayV2 }) => readHttpApi(apiGatewayV2, apiId));

/** Returns the number of versions that an alias has in addition to its own. */
export const countWeights = (FunctionName: string, Name: string): Promise<number> =>
  withAws(async ({ lambda }) => {
    const { RoutingConfig } = await lambda.send(new GetAliasCommand({ FunctionName, Name }));
    return Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {}).length;
  });

async function withAws<T>(work: (aws: Aws) => Promise<T>): Promise<T> {
  const aws = openAws();
  try {
    return await work(aws);
  } finally {
    aws.close();
  }
}
