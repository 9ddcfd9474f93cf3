import { createHash, createHmac } from "node:crypto";
import { request } from "node:http";

type TypedItem = Record<string, unknown>;

const {
  AWS_REGION: region = "",
  AWS_ACCESS_KEY_ID: id = "",
  AWS_SECRET_ACCESS_KEY: secret = "",
  AWS_ENDPOINT_URL_DYNAMODB: endpoint = "",
} = process.env;

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Sends one request to DynamoDB, signed with Signature Version 4. */
export function callTable(
  operation: string,
  input: object,
): Promise<{ Items?: TypedItem[]; Item?: TypedItem }> {
  const { hostname, port, host } = new URL(endpoint);
  const body = JSON.stringify(input);
  const headers = sign(host, `DynamoDB_20120810.${operation}`, body);
  return new Promise((resolve, reject) => {
    request({ hostname, port, method: "POST", path: "/", headers }, (response) => {
      let received = "";
      response
        .setEncoding("utf8")
        .on("data", (part: string) => (received += part))
        .on("end", () => resolve(JSON.parse(received)));
    })
      .on("error", reject)
      .end(body);
  });
}

function sign(host: string, target: string, body: string): Record<string, string> {
  const time = `${new Date().toISOString().replace(/[-:]|\.\d+/g, "")}`;
  const date = time.slice(0, 8);
  const scope = `${date}/${region}/dynamodb/aws4_request`;
  const names = "host;x-amz-date;x-amz-target";
  const canonical = `POST\n/\n\nhost:${host}\nx-amz-date:${time}\nx-amz-target:${target}\n\n${names}\n${sha256(body)}`;
  const key = ["dynamodb", "aws4_request"].reduce(hmac, hmac(hmac(`AWS4${secret}`, date), region));
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString("hex");
  return {
    "content-type": "application/x-amz-json-1.0",
    "content-length": String(Buffer.byteLength(body)),
    host,
    "x-amz-date": time,
    "x-amz-target": target,
    authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}
