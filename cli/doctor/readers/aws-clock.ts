import { type APIGatewayClient, GetAccountCommand } from "@aws-sdk/client-api-gateway";
import { clockOffset } from "./clock-offset.ts";

/** Returns how far AWS's clock is ahead of this machine's, in seconds. */
export async function readAwsClock(client: APIGatewayClient): Promise<number> {
  let ahead: number | undefined;
  const name = "readDate";
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAt = Date.now();
      const result = await next(args);
      ahead = clockOffset({ date: readDate(result.response) }, sentAt, Date.now());
      return result;
    },
    { step: "deserialize", name, override: true, priority: "low" },
  );
  try {
    await client.send(new GetAccountCommand({}));
  } finally {
    client.middlewareStack.remove(name);
  }
  if (ahead === undefined) throw new Error("the response of AWS has no Date header");
  return ahead;
}

function readDate(response: unknown): string | undefined {
  const { headers = {} } = response as { readonly headers?: Readonly<Record<string, string>> };
  return Object.entries(headers).find(([name]) => name.toLowerCase() === "date")?.[1];
}
