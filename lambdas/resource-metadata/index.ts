import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";

/** Responds with the metadata document of an HTTP API, which has no response without a backend. Reads no event. */
export const handler = (): Promise<APIGatewayProxyStructuredResultV2> =>
  Promise.resolve({
    statusCode: 200,
    headers: { "content-type": "application/json", "cache-control": "public, max-age=300" },
    body: process.env["RESOURCE_METADATA"] ?? "{}",
  });
