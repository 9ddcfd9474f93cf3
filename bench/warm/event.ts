import { stageVariables } from "../../core/model/layout.ts";
import { requestEvent } from "../fixtures/authorizer.ts";
import { LAYOUT } from "./permissions.ts";

const HEADERS = {
  Accept: "application/json, text/plain, */*",
  "Accept-Encoding": "gzip, deflate, br, zstd",
  "Accept-Language": "en-GB,en;q=0.9,de;q=0.8",
  Host: "abcdef1234.execute-api.eu-central-1.amazonaws.com",
  Origin: "https://app.customer.example",
  Referer: "https://app.customer.example/",
  "User-Agent":
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678",
  "X-Forwarded-For": "203.0.113.7",
  "X-Forwarded-Port": "443",
  "X-Forwarded-Proto": "https",
};

/** Returns the event that API Gateway sends for a browser's `GET /r1/42` with a token. */
export function browserEvent(token: string) {
  const plain = requestEvent(token, stageVariables(LAYOUT));
  const headers = { ...HEADERS, ...plain.headers };
  const multiValueHeaders = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value]]),
  );
  const path = "/r1/42";
  return {
    ...plain,
    headers,
    multiValueHeaders,
    path,
    resource: "/r1/{id}",
    methodArn: plain.methodArn.replace("/documents/42", path),
    pathParameters: { id: "42" },
  };
}
