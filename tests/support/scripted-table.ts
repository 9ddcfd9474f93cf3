import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import { ISSUERS_KEY } from "../../core/model/issuer-switch.ts";
import type { Item } from "../../core/model/items.ts";
import { TABLE_NAME } from "./configuration.ts";

/** A request to DynamoDB. */
interface TableRequest {
  readonly operation: string;
  readonly body: {
    readonly RequestItems?: Record<string, { readonly Keys: unknown[] }>;
    readonly ExclusiveStartKey?: unknown;
    readonly ConsistentRead?: boolean;
    readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S: string }>>;
  };
}

export type Reply = (request: TableRequest, response: ServerResponse) => void;

/** Starts a DynamoDB that responds by a script, and repeats the last reply. */
export async function startScriptedTable(...replies: Reply[]) {
  const requests: TableRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    const received: TableRequest = {
      operation,
      body: JSON.parse(Buffer.concat(chunks).toString()) as TableRequest["body"],
    };
    // No issuer has a kill switch: a script of several replies is about the other requests.
    if (replies.length > 1 && received.body.ExpressionAttributeValues?.[":pk"]?.S === ISSUERS_KEY) {
      send(response, 200, { Items: [] });
      return;
    }
    const reply = replies[Math.min(requests.length, replies.length - 1)];
    requests.push(received);
    reply?.(received, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, stop };
}

const send = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(body));

export const returnsItems =
  (...items: Item[]): Reply =>
  (_, response) =>
    send(response, 200, { Responses: { [TABLE_NAME]: items.map(marshallItem) }, UnprocessedKeys: {} });

export const leavesUnprocessed: Reply = ({ body }, response) =>
  void send(response, 200, { Responses: { [TABLE_NAME]: [] }, UnprocessedKeys: body.RequestItems });

/** Returns the items of some of the requested keys, and leaves the others unprocessed, as DynamoDB may do. */
export const leavesAllBut =
  (items: readonly Item[], ...processed: readonly string[]): Reply =>
  ({ body }, response) => {
    const keys = (body.RequestItems?.[TABLE_NAME]?.Keys ?? []) as Key[];
    const left = keys.filter(({ sk }) => !processed.includes(sk.S));
    const found = items.filter(({ pk, sk }) =>
      keys.some((key) => !left.includes(key) && key.pk.S === pk && key.sk.S === sk),
    );
    send(response, 200, {
      Responses: { [TABLE_NAME]: found.map(marshallItem) },
      UnprocessedKeys: left.length === 0 ? {} : { [TABLE_NAME]: { Keys: left } },
    });
  };

export interface Key {
  readonly pk: { readonly S: string };
  readonly sk: { readonly S: string };
}

export const page =
  (items: readonly Item[], next?: Item): Reply =>
  (_, response) =>
    send(response, 200, {
      Items: items.map(marshallItem),
      ...(next && { LastEvaluatedKey: marshallItem(next) }),
    });

export const fails =
  (status: number, type: string): Reply =>
  (_, response) =>
    send(response, status, { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "no" });

export const hangs: Reply = () => undefined;

/** Sends the headers, and never the end of the body. */
export const stalls: Reply = (_, response) => {
  response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).write("{");
};
