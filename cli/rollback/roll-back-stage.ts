import {
  type APIGatewayClient,
  type Deployment,
  GetStageCommand,
  type PatchOperation,
  paginateGetDeployments,
  UpdateStageCommand,
} from "@aws-sdk/client-api-gateway";
import { GetAliasCommand, GetPolicyCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import * as z from "zod";
import { parseJson } from "../../core/model/parse-json.ts";
import type { StageName } from "../table/flush.ts";

/** A stage cannot be rolled back. The message says why, and what to do. */
export class StageRollbackError extends Error {}

export interface StageClients {
  readonly apiGateway: APIGatewayClient;
  readonly lambda: LambdaClient;
}

export interface RolledBack {
  /** The id of the deployment that the stage serves again. */
  readonly deployment: string;
  /** The alias of its layout. */
  readonly alias: string;
}

/** What modules/api writes into a deployment's description. */
const descriptionSchema = z.object({
  function: z.string().min(1),
  alias: z.string().startsWith("layout-"),
  variables: z.record(z.string(), z.string()).refine((variables) => Object.keys(variables).length > 0),
});

interface LayoutDeployment extends z.infer<typeof descriptionSchema> {
  readonly id: string;
  readonly at: number;
}

/** The stage variables that belong to the layout begin with this. */
const VARIABLE_PREFIX = "portcullis_";

/**
 * Puts a REST API's stage back to the deployment and the stage variables of the previous layout, in one update. Checks
 * before that the layout's alias still exists and that this API may call it.
 *
 * @throws StageRollbackError if there is no previous layout, or its function cannot be called
 */
export async function rollBackStage(
  { apiGateway, lambda }: StageClients,
  { restApiId, stageName }: StageName,
  dryRun: boolean,
): Promise<RolledBack> {
  const stage = await apiGateway.send(new GetStageCommand({ restApiId, stageName }));
  const target = await findPrevious(apiGateway, restApiId, stage.deploymentId);
  if (target === undefined)
    throw new StageRollbackError(
      `${restApiId} has no deployment of an earlier layout: one is kept until the next change of the layout. Deploy the previous commit instead`,
    );
  await checkAlias(lambda, restApiId, target);
  const patchOperations = [
    replace("/deploymentId", target.id),
    ...patchVariables(stage.variables ?? {}, target.variables),
  ];
  if (!dryRun) await apiGateway.send(new UpdateStageCommand({ restApiId, stageName, patchOperations }));
  return { deployment: target.id, alias: target.alias };
}

const replace = (path: string, value: string): PatchOperation => ({ op: "replace", path, value });

function patchVariables(
  present: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): PatchOperation[] {
  const surplus = Object.keys(present).filter(
    (name) => name.startsWith(VARIABLE_PREFIX) && wanted[name] === undefined,
  );
  return [
    ...Object.entries(wanted).map(([name, value]) => replace(`/variables/${name}`, value)),
    ...surplus.map((name): PatchOperation => ({ op: "remove", path: `/variables/${name}` })),
  ];
}

/** Returns the newest deployment of another layout that is older than the stage's. */
async function findPrevious(
  client: APIGatewayClient,
  restApiId: string,
  currentId: string | undefined,
): Promise<LayoutDeployment | undefined> {
  const deployments: Deployment[] = [];
  for await (const page of paginateGetDeployments({ client }, { restApiId }))
    deployments.push(...(page.items ?? []));
  const found = deployments.flatMap(readDeployment);
  const current = deployments.find(({ id }) => id === currentId);
  const until = current?.createdDate?.getTime() ?? Number.POSITIVE_INFINITY;
  const alias = found.find(({ id }) => id === currentId)?.alias;
  return found
    .filter((one) => one.id !== currentId && one.alias !== alias && one.at <= until)
    .sort((a, b) => a.at - b.at)
    .at(-1);
}

function readDeployment({ id, createdDate, description }: Deployment): LayoutDeployment[] {
  const parsed = descriptionSchema.safeParse(parseJson(description ?? ""));
  return id === undefined || !parsed.success ? [] : [{ ...parsed.data, id, at: createdDate?.getTime() ?? 0 }];
}

/** Without its alias or permission the deployment would answer every guarded request with a 500. */
async function checkAlias(
  lambda: LambdaClient,
  restApiId: string,
  { function: FunctionName, alias }: LayoutDeployment,
): Promise<void> {
  try {
    await lambda.send(new GetAliasCommand({ FunctionName, Name: alias }));
    const { Policy = "" } = await lambda.send(new GetPolicyCommand({ FunctionName, Qualifier: alias }));
    if (Policy.includes(`:${restApiId}/authorizers/`)) return;
  } catch (error) {
    if ((error as Error).name !== "ResourceNotFoundException") throw error;
  }
  throw new StageRollbackError(
    `The API may not call ${FunctionName}:${alias}, or the alias does not exist, so every guarded request would get a 500: deploy the previous commit instead`,
  );
}
