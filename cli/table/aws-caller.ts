import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { isLocalTable } from "./client.ts";

/** Who runs this command, for the audit: the AWS caller's ARN; `local` where the table is the local stack's. */
export async function awsCaller(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  if (isLocalTable(environment)) return "local";
  const client = new STSClient({ maxAttempts: 3 });
  try {
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    if (Arn === undefined) throw new Error("AWS does not say who is calling");
    return Arn;
  } finally {
    client.destroy();
  }
}
