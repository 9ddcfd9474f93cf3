import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCandidate } from "../../cli/start/local-candidate.ts";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { TABLE_NAME } from "../../local/table/table.ts";
import { BASE, policiesOf } from "../support/policy-files.ts";

const withViewer = (allow: string): PolicySet =>
  policiesOf({ ...BASE, "roles/viewer.yaml": `allow: [${allow}]\n` });
const live = withViewer("documents.read, users.read");
const candidate = withViewer("documents.read, invoices.read");

interface Responses {
  readonly responses: readonly string[];
  readonly lines: readonly Record<string, unknown>[];
}

const REQUESTS = ["/documents", "/documents/1", "/users/ann", "/invoices/1", "/health", "/nothing"];

/** One stack, and a caller of it. */
class World {
  stack!: Stack;
  #lines: Record<string, unknown>[] = [];
  #token = "";

  async start(shadow: boolean): Promise<void> {
    this.stack = await startStack({
      policies: [live],
      cache: "auto",
      ttl: 0,
      permissionsTtl: 0,
      port: 0,
      shadow,
      onLambdaLog: (line) => line.startsWith("{") && this.#lines.push(JSON.parse(line)),
    });
    const provider = this.stack.provider("main");
    this.#token = (await provider?.mint({ tenants: ["acme"], roles: ["viewer"], subject: "ann" })) ?? "";
  }

  setCandidate = (policies: PolicySet): Promise<string[]> =>
    runCandidate(this.stack, { live, candidate: policies, folder: "." });

  async sendAll(): Promise<Responses> {
    this.#lines = [];
    const responses: string[] = [];
    for (const path of REQUESTS) {
      const headers = { authorization: `Bearer ${this.#token}` };
      const response = await fetch(this.stack.origin + path, { headers });
      responses.push(removeIds(`${response.status} ${await response.text()}`));
    }
    return { responses, lines: this.#lines.filter(({ message }) => message === "decision") };
  }
}

/** Removes the ids, which differ from request to request. */
const removeIds = (text: string): string => text.replace(/"(requestId|tokenId)":"[^"]*"/g, "");

describe("the bundle with a shadow candidate next to the live policies", () => {
  const [plain, watched] = [new World(), new World()];
  let expected: Responses;

  beforeAll(async () => {
    await Promise.all([plain.start(false), watched.start(true)]);
    expected = await plain.sendAll();
  });
  afterAll(() => Promise.all([plain.stack.close(), watched.stack.close()]));

  /** Sends all requests until `isDone`: the first log lines of a cold authorizer may be late, but not its responses. */
  async function sendUntil(isDone: (shadows: readonly unknown[]) => boolean): Promise<unknown[]> {
    for (let round = 0; ; round++) {
      const { responses, lines } = await watched.sendAll();
      expect(responses).toEqual(expected.responses);
      const shadows = lines.map(({ shadow }) => shadow);
      if (isDone(shadows) || round === 20) return shadows;
    }
  }
  const noneLate = (shadows: readonly unknown[]): boolean => !JSON.stringify(shadows).includes('"late"');

  it("responds as without a candidate, and logs the access that would be gained and lost", async () => {
    expect(expected.responses.map((response) => response.slice(0, 3))).toEqual([
      "200",
      "200",
      "200",
      "403",
      "200",
      "403",
    ]);
    expect(await watched.setCandidate(candidate)).toEqual([]);
    const shadows = JSON.stringify(await sendUntil(noneLate));
    expect(shadows).toContain('"gained":["GET /invoices/{invoiceId}"]');
    expect(shadows).toContain('"lost":["GET /users/{userId}"]');
    expect(JSON.stringify(expected.lines)).not.toContain("shadow");
  });

  it("responds as without a candidate if the candidate is invalid", async () => {
    const item = {
      pk: "SHADOW#CATALOGUE",
      sk: "ROLE#viewer",
      v: 1,
      name: "viewer",
      hash: "x",
      grants: "all",
    };
    await watched.stack.dynamodb.send(
      new PutItemCommand({ TableName: TABLE_NAME, Item: marshallItem(item) as never }),
    );
    const shadows = await sendUntil(noneLate);
    expect(shadows.length).toBeGreaterThan(0);
    for (const shadow of shadows) expect(shadow).toEqual({ error: "item_invalid" });
  });

  it("rejects a candidate with other routes", async () => {
    const other = {
      ...candidate,
      api: { ...candidate.api, operations: candidate.api.operations.slice(0, 3) },
    };
    expect(await watched.setCandidate(other)).toContain("- GET /invoices/{invoiceId}");
  });
});
