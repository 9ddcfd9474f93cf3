import { type APIGatewayClient, GetAccountCommand } from "@aws-sdk/client-api-gateway";
import { clockAhead } from "./clock.ts";

/** How far AWS's clock is ahead of this machine's, in seconds. */
export async function readAwsClock(client: APIGatewayClient): Promise<number> {
  let ahead: number | undefined;
  const name = "readDate";
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAt = Date.now();
      const result = await next(args);
      ahead = clockAhead({ date: dateIn(result.response) }, sentAt, Date.now());
      return result;
    },
    { step: "deserialize", name, override: true, priority: "low" },
  );
  try {
    await client.send(new GetAccountCommand({}));
  } finally {
    client.middlewareStack.remove(name);
  }
  if (ahead === undefined) throw new Error("AWS's answer has no Date");
  return ahead;
}

function dateIn(response: unknown): string | undefined {
  const { headers = {} } = response as { readonly headers?: Readonly<Record<string, string>> };
  return Object.entries(headers).find(([name]) => name.toLowerCase() === "date")?.[1];
}
