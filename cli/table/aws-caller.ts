import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { isLocalTable } from "./client.ts";

/** Returns the ARN of the AWS caller for the history, or `local` for the local stack's table. */
export async function awsCaller(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  if (isLocalTable(environment)) return "local";
  const client = new STSClient({ maxAttempts: 3 });
  try {
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    if (Arn === undefined) throw new Error("AWS did not return the ARN of the caller");
    return Arn;
  } finally {
    client.destroy();
  }
}
