import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** Verifies a signature as AWS does, from the list of signed headers in the Authorization header. */
function isSigned(
  headers: IncomingHttpHeaders,
  path: string,
  body: string,
  secretsById: Readonly<Record<string, string>>,
): boolean {
  const shape = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(.+), SignedHeaders=(.+), Signature=([0-9a-f]{64})$/;
  const [, id = "", scope = "", names = "", signature] = shape.exec(headers.authorization ?? "") ?? [];
  const lines = names
    .split(";")
    .map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, " ")}\n`);
  const canonical = `POST\n${path}\n\n${lines.join("")}\n${names}\n${sha256(body)}`;
  const signed = `AWS4-HMAC-SHA256\n${String(headers["x-amz-date"])}\n${scope}\n${sha256(canonical)}`;
  let key: Buffer = Buffer.from(`AWS4${secretsById[id]}`);
  for (const part of scope.split("/")) key = hmac(key, part);
  return hmac(key, signed).toString("hex") === signature;
}

const sha256 = (value: string): string => createHash("sha256").update(value).digest("hex");
const hmac = (key: Buffer, value: string): Buffer => createHmac("sha256", key).update(value).digest();

/** Starts a DynamoDB without items that rejects requests without a valid signature, and records their headers. */
export async function startVerifyingTable(secretsById: Readonly<Record<string, string>>) {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer(async (request, response) => {
    const good = isSigned(request.headers, request.url ?? "", await text(request), secretsById);
    seen.push(request.headers);
    const denial = { __type: "com.amazon.coral.service#InvalidSignatureException" };
    response.writeHead(good ? 200 : 400, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify(good ? { Items: [] } : denial));
  });
  let connections = 0;
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { endpoint, seen, connections: () => connections, stop };
}
