import {
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  type LambdaClient,
  paginateListVersionsByFunction,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import { read } from "../aws.ts";
import type { AliasReading, FunctionReading } from "../state.ts";

/** Reads the function and the alias of the build's layout. @throws if the function does not exist */
export async function readFunction(
  client: LambdaClient,
  name: string,
  alias: string,
  missingAlias: string,
): Promise<FunctionReading> {
  const versions: number[] = [];
  for await (const page of paginateListVersionsByFunction({ client }, { FunctionName: name }))
    versions.push(...(page.Versions ?? []).map(({ Version }) => Number(Version)).filter(Number.isInteger));
  return {
    alias: await read(`the alias ${alias} of ${name}`, missingAlias, () => readAlias(client, name, alias)),
    newest: versions.length === 0 ? undefined : Math.max(...versions),
    policy: await readPolicy(client, name, alias),
  };
}

async function readAlias(client: LambdaClient, name: string, alias: string): Promise<AliasReading> {
  const found = await client.send(new GetAliasCommand({ FunctionName: name, Name: alias }));
  const settings = await client.send(
    new GetFunctionConfigurationCommand({ FunctionName: name, Qualifier: alias }),
  );
  return {
    arn: found.AliasArn ?? "",
    version: found.FunctionVersion ?? "",
    otherVersions: Object.keys(found.RoutingConfig?.AdditionalVersionWeights ?? {}),
    codeSha256: settings.CodeSha256 ?? "",
    variables: settings.Environment?.Variables ?? {},
  };
}

async function readPolicy(client: LambdaClient, name: string, alias: string): Promise<string | undefined> {
  try {
    const { Policy } = await client.send(new GetPolicyCommand({ FunctionName: name, Qualifier: alias }));
    return Policy;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
