import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import type { BatchResponse, StreamEvent } from "../../lambdas/history-export/history-export.ts";
import { start } from "../../lambdas/history-export/start.ts";
import { auditKey } from "../../runtime/table/store.ts";

/** S3, as far as the export uses it: a key is written once. */
const objects = new Map<string, string>();
const headers: IncomingMessage["headers"][] = [];
let refuse: (path: string) => readonly [status: number, body: string] | undefined = () => undefined;
let server: Server;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const path = request.url ?? "";
    headers.push(request.headers);
    const body = await text(request);
    const refused = refuse(path) ?? (objects.has(path) ? ([412, "<Error/>"] as const) : undefined);
    if (refused === undefined) objects.set(path, body);
    response.writeHead(refused?.[0] ?? 200).end(refused?.[1] ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  objects.clear();
  headers.length = 0;
  refuse = () => undefined;
});

const lines: string[] = [];
const env = () => ({
  BUCKET: "portcullis-dev-history-1",
  AWS_REGION: "eu-central-1",
  AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "very-secret",
});
const send = (...records: StreamEvent["Records"]): Promise<BatchResponse> =>
  start({ env: env(), log: (line) => lines.push(line) })({ Records: records });

const entry = (pk: string, sk: string) => ({ pk, sk, what: "suspended", outcome: "done" });
const record = (number: string, item: Readonly<Record<string, unknown>>) => ({
  eventName: "INSERT",
  dynamodb: { SequenceNumber: number, NewImage: marshallItem(item) },
});
const FIRST = entry("AUDIT#acme", "2026-12-01T10:00:00.000Z#0a");
const SECOND = entry("AUDIT#acme", "2026-12-01T10:00:00.000Z#0a#outcome");
const THIRD = entry("AUDIT-ISSUER#main", "2026-12-01T10:00:01.000Z#0b");
const BASE = "/portcullis-dev-history-1/";
const FIRST_KEY = `${BASE}AUDIT~23acme/2026-12-01T10~3A00~3A00.000Z~230a.json`;

describe("The export of the history", () => {
  test("writes each entry as an object of its own, whole, with a checksum", async () => {
    expect(await send(record("1", FIRST), record("2", SECOND), record("3", THIRD))).toEqual({
      batchItemFailures: [],
    });
    expect([...objects.values()].map((body) => JSON.parse(body))).toEqual([FIRST, SECOND, THIRD]);
    const [sent] = headers;
    const sha256 = createHash("sha256")
      .update(objects.get(FIRST_KEY) ?? "")
      .digest("base64");
    expect(sent).toMatchObject({ "x-amz-checksum-sha256": sha256, "if-none-match": "*" });
    expect(sent?.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=test\/\d+\/eu-central-1\/s3\//);
  });

  test("does not write an entry again that is delivered again", async () => {
    await send(record("1", FIRST));
    expect(await send(record("1", FIRST), record("2", SECOND))).toEqual({ batchItemFailures: [] });
    expect(objects.size).toBe(2);
  });

  test("gives two tenants, and two spellings of a key, two objects", async () => {
    const names = ["AUDIT#a/b", "AUDIT#a~2Fb", "AUDIT#a%2Fb", "AUDIT#..", "AUDIT#ä"];
    await send(...names.map((pk, index) => record(String(index), entry(pk, "1"))));
    expect(objects.size).toBe(names.length);
    for (const path of objects.keys()) expect(path).toMatch(/^\/[a-z0-9-]+\/AUDIT[A-Za-z0-9._~-]+\/1\.json$/);
  });

  test("gives entries of the longest ids keys that S3 accepts, each its own", async () => {
    refuse = (path) =>
      path.slice(BASE.length).length > 1_024
        ? [400, "<Error><Code>KeyTooLongError</Code></Error>"]
        : undefined;
    const ids = ["a", "b"].map((last) => "界".repeat(127) + last);
    const sk = "2026-12-01T10:00:00.000Z#0a1b2c3d#outcome";
    const sent = ids.map((id, index) => record(String(index), entry(auditKey(id), sk)));
    expect(await send(...sent)).toEqual({ batchItemFailures: [] });
    expect(objects.size).toBe(ids.length);
  });

  test("reports the first entry that fails, and tries none after it", async () => {
    refuse = (path) => (path.includes("outcome") ? [503, "<Error><Code>SlowDown</Code></Error>"] : undefined);
    lines.length = 0;
    expect(await send(record("1", FIRST), record("2", SECOND), record("3", THIRD))).toEqual({
      batchItemFailures: [{ itemIdentifier: "2" }],
    });
    expect([...objects.keys()]).toEqual([FIRST_KEY]);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      level: "error",
      message: "export",
      code: "export_failed",
      cause: "SlowDown",
      exported: 1,
      left: 2,
    });
  });

  test.each([
    [403, "<Error><Code>AccessDenied</Code></Error>"],
    [409, "<Error><Code>ConditionalRequestConflict</Code></Error>"],
    [301, ""],
  ])("counts status %i as a failure", async (status, body) => {
    refuse = () => [status, body];
    expect(await send(record("7", FIRST))).toEqual({ batchItemFailures: [{ itemIdentifier: "7" }] });
  });

  test("drops no record that it cannot read", async () => {
    const { dynamodb } = record("9", { what: "no key" });
    expect(await send({ dynamodb })).toEqual({ batchItemFailures: [{ itemIdentifier: "9" }] });
    expect(await send({ dynamodb: { SequenceNumber: "8" } })).toEqual({
      batchItemFailures: [{ itemIdentifier: "8" }],
    });
  });

  test("does not start with an invalid configuration, and says what is wrong without values", () => {
    lines.length = 0;
    const log = (line: string) => lines.push(line);
    expect(() => start({ env: { ...env(), BUCKET: "Hunter2.", AWS_REGION: undefined }, log })).toThrow();
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      code: "configuration_invalid",
      problems: [expect.stringContaining("BUCKET must be"), expect.stringContaining("AWS_REGION")],
    });
    expect(lines.join()).not.toMatch(/Hunter2|very-secret/);
  });
});
