import { APIGatewayClient, FlushStageAuthorizersCacheCommand } from "@aws-sdk/client-api-gateway";
import { UsageError } from "../flags.ts";

/** A stage of an API. */
export interface StageName {
  readonly restApiId: string;
  readonly stageName: string;
}

export function flushFlag(text: string | undefined): StageName | undefined {
  if (text === undefined) return undefined;
  const match = /^([a-z0-9]+)\/([A-Za-z0-9_-]+)$/.exec(text);
  if (match === null)
    throw new UsageError(
      `--flush: expected an API's id and its stage such as abcdef1234/prod, found "${text}"`,
    );
  return { restApiId: match[1] as string, stageName: match[2] as string };
}

/** Empties a stage's cache of authorizer answers; undefined, or why it could not be done. */
export async function flushStage(stage: StageName): Promise<string | undefined> {
  const client = new APIGatewayClient({});
  try {
    await client.send(new FlushStageAuthorizersCacheCommand(stage));
    return undefined;
  } catch (error) {
    const { name, message } = error as Error;
    return `The cache of ${stage.restApiId}/${stage.stageName} was not flushed: ${name}: ${message}`;
  } finally {
    client.destroy();
  }
}
