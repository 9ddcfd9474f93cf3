import { APIGatewayClient, FlushStageAuthorizersCacheCommand } from "@aws-sdk/client-api-gateway";
import { type Flags, UsageError } from "../shared/flags.ts";
import { localStackClient } from "./client.ts";

export const FLUSH_FLAG = {
  flush: {
    type: "string",
    value: "API_ID/STAGE",
    about: "Afterwards empties the stage's cache of authorizer responses.",
    example: "a1b2c3d4e5/live",
  },
} as const satisfies Flags;

/** A stage of an API. */
export interface StageName {
  readonly restApiId: string;
  readonly stageName: string;
}

/** Parses the value of `--flush`. @throws UsageError */
export const flushFlag = (text: string | undefined): StageName | undefined =>
  text === undefined ? undefined : parseStage("flush", text);

/** Parses `API_ID/STAGE`. @throws UsageError that names the flag */
export function parseStage(flag: string, text: string): StageName {
  const match = /^([a-z0-9]+)\/([A-Za-z0-9_-]+)$/.exec(text);
  if (match === null)
    throw new UsageError(
      `--${flag}: expected an API id and a stage such as abcdef1234/prod, found "${text}"`,
    );
  return { restApiId: match[1] as string, stageName: match[2] as string };
}

/** Empties a stage's cache of authorizer responses, after a change. Returns the message if that fails. */
export async function flushStage(stage: StageName): Promise<string | undefined> {
  const client = new APIGatewayClient({
    ...(process.env["AWS_ENDPOINT_URL_API_GATEWAY"] === undefined && localStackClient()),
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
  });
  try {
    await client.send(new FlushStageAuthorizersCacheCommand(stage));
    return undefined;
  } catch (error) {
    const { name, message } = error as Error;
    return `The change is done, but the cache of ${stage.restApiId}/${stage.stageName} was not flushed: ${name}: ${message}. Wait until the cached responses expire (API Gateway's TTL), or run aws apigateway flush-stage-authorizers-cache --rest-api-id ${stage.restApiId} --stage-name ${stage.stageName}`;
  } finally {
    client.destroy();
  }
}
