import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { print, printError } from "../shared/output.ts";
import { explainAwsFailure } from "../table/client.ts";
import type { StageName } from "../table/flush.ts";
import { rollBackStage, StageRollbackError } from "./roll-back-stage.ts";

const SETTINGS = {
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
};

/** Rolls a stage back and prints the result. Returns the exit status. */
export async function runStageRollback(stage: StageName, dryRun: boolean): Promise<number> {
  const clients = { apiGateway: new APIGatewayClient(SETTINGS), lambda: new LambdaClient(SETTINGS) };
  const name = `${stage.restApiId}/${stage.stageName}`;
  try {
    const { deployment, alias } = await rollBackStage(clients, stage, dryRun);
    return print([
      dryRun
        ? `${name} would serve deployment ${deployment} of ${alias}; nothing was changed`
        : `${name} serves deployment ${deployment} of ${alias} again, with its stage variables`,
      "Revert in git too, because the next apply undoes this rollback",
      "The table still has the newer items. If publish keeps them, npx portcullis rollback --table NAME restores the earlier ones",
    ]);
  } catch (error) {
    const isExpected = error instanceof StageRollbackError;
    const message = isExpected ? error.message : explainAwsFailure(error);
    if (message === undefined) throw error;
    return printError(message);
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}
