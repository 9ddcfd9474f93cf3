import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCandidate } from "../../cli/shared/local-candidate.ts";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { TABLE_NAME } from "../../local/table/table.ts";
import { BASE, policiesOf } from "../support/policy-files.ts";

const withViewer = (allow: string): PolicySet =>
  policiesOf({ ...BASE, "roles/viewer.yaml": `allow: [${allow}]\n` });
const live = withViewer("documents.read, users.read");
const candidate = withViewer("documents.read, invoices.read");

interface Asked {
  readonly answers: readonly string[];
  readonly lines: readonly Record<string, unknown>[];
}

const REQUESTS = ["/documents", "/documents/1", "/users/ann", "/invoices/1", "/health", "/nothing"];

/** One stack, and what a caller sees of it. */
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

  decideBeside = (policies: PolicySet): Promise<string[]> =>
    runCandidate(this.stack, { live, candidate: policies, folder: "." });

  async ask(): Promise<Asked> {
    this.#lines = [];
    const answers: string[] = [];
    for (const path of REQUESTS) {
      const headers = { authorization: `Bearer ${this.#token}` };
      const response = await fetch(this.stack.origin + path, { headers });
      answers.push(withoutIds(`${response.status} ${await response.text()}`));
    }
    return { answers, lines: this.#lines.filter(({ message }) => message === "decision") };
  }
}

/** Without what differs from request to request, and what names the moment. */
const withoutIds = (text: string): string => text.replace(/"(requestId|tokenId)":"[^"]*"/g, "");

describe("the bundle with a candidate beside what is live", () => {
  const [plain, watched] = [new World(), new World()];
  let expected: Asked;

  beforeAll(async () => {
    await Promise.all([plain.start(false), watched.start(true)]);
    expected = await plain.ask();
  });
  afterAll(() => Promise.all([plain.stack.close(), watched.stack.close()]));

  /** A cold authorizer may be late with the first line: the answers are the same all the same. */
  async function askUntil(told: (shadows: readonly unknown[]) => boolean): Promise<unknown[]> {
    for (let round = 0; ; round++) {
      const { answers, lines } = await watched.ask();
      expect(answers).toEqual(expected.answers);
      const shadows = lines.map(({ shadow }) => shadow);
      if (told(shadows) || round === 20) return shadows;
    }
  }
  const none = (shadows: readonly unknown[]): boolean => !JSON.stringify(shadows).includes('"late"');

  it("answers as without, and logs what would be gained and lost", async () => {
    expect(expected.answers.map((answer) => answer.slice(0, 3))).toEqual([
      "200",
      "200",
      "200",
      "403",
      "200",
      "403",
    ]);
    expect(await watched.decideBeside(candidate)).toEqual([]);
    const shadows = JSON.stringify(await askUntil(none));
    expect(shadows).toContain('"gained":["GET /invoices/{invoiceId}"]');
    expect(shadows).toContain('"lost":["GET /users/{userId}"]');
    expect(JSON.stringify(expected.lines)).not.toContain("shadow");
  });

  it("answers as without where the candidate is broken", async () => {
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
    const shadows = await askUntil(none);
    expect(shadows.length).toBeGreaterThan(0);
    for (const shadow of shadows) expect(shadow).toEqual({ error: "item_invalid" });
  });

  it("does not take a candidate with other routes", async () => {
    const other = {
      ...candidate,
      api: { ...candidate.api, operations: candidate.api.operations.slice(0, 3) },
    };
    expect(await watched.decideBeside(other)).toContain("- GET /invoices/{invoiceId}");
  });
});
