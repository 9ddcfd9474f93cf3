import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { check } from "../../cli/commands/policies/check.ts";
import { explain } from "../../cli/commands/policies/explain.ts";
import { matrix } from "../../cli/commands/policies/matrix.ts";
import { accessReview } from "../../cli/commands/run-time/access-review.ts";
import { exportVerb } from "../../cli/commands/run-time/export.ts";
import { grant } from "../../cli/commands/run-time/grant.ts";
import { history } from "../../cli/commands/run-time/history.ts";
import { importVerb } from "../../cli/commands/run-time/import.ts";
import { issuer } from "../../cli/commands/run-time/issuer.ts";
import { revoke } from "../../cli/commands/run-time/revoke.ts";
import { tenant } from "../../cli/commands/run-time/tenant.ts";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { runVerb } from "../cli/run-verb.ts";

const VERBS = {
  ...{ "access-review": accessReview, check, explain, matrix, grant, history, issuer, revoke, tenant },
  ...{ import: importVerb, export: exportVerb },
};

/** The sample, with an issuer that has a directory for each tenant: the page's section about directories is for those. */
const folder = mkdtempSync(join(tmpdir(), "portcullis-run-time-"));
const work = mkdtempSync(join(tmpdir(), "portcullis-files-"));
const POOLS = "\npools:\n  preset: cognito\n  tenants: by_directory\n";

let stack: Stack;
beforeAll(async () => {
  cpSync("policies", folder, { recursive: true });
  const own = BLOCKS.find((block) => block.startsWith("# umbrella.yaml"));
  writeFileSync(join(work, "umbrella.yaml"), own ?? "");
  appendFileSync(join(folder, "issuers.yaml"), POOLS);
  const [, imported = ""] = /```ndjson\n([\s\S]*?)```/.exec(PAGE) ?? [];
  writeFileSync(join(work, "tenants.ndjson"), imported);
  const { policies } = loadPolicyFolder(folder, "dev");
  if (policies === undefined) throw new Error("The sample has errors");
  stack = await startStack({ policies: [policies], cache: "auto", ttl: 300, permissionsTtl: 0, port: 0 });
  vi.stubEnv("AWS_ENDPOINT_URL", stack.origin);
  vi.stubEnv("TABLE", "portcullis-local");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await stack.close();
  for (const path of [folder, work]) rmSync(path, { recursive: true });
});

/** Runs a line of a document, such as `npx portcullis grant …`, without its comment. */
function runLine(line: string) {
  const words = line.replace(/ +#.*/, "").match(/"[^"]*"|\S+/g) ?? [];
  const [, , verb = "", ...args] = words.map((word) =>
    word.replaceAll('"', "").replace(/^[a-z]+\.(yaml|ndjson)$/, (file) => join(work, file)),
  );
  const own = args[0] === "move" ? ["--policies", folder] : [];
  return runVerb(VERBS[verb as keyof typeof VERBS], ...args, ...own);
}

const blocks = (text: string): string[] =>
  [...text.matchAll(/```[a-z]*\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
const PAGE = readFileSync("docs/run-time.md", "utf8");
const BLOCKS = blocks(PAGE);
const VERB = Object.keys(VERBS).join("|");
const LINES = BLOCKS.flatMap((block) => block.split("\n")).filter((line) =>
  new RegExp(`^npx portcullis (${VERB})( |$)`).test(line),
);

describe("docs/run-time.md with the sample on the local stack", () => {
  it.each(LINES)("%s", async (line) => {
    // The request that is explained is of a tenant that is suspended.
    const status = line.includes(" explain ") ? 1 : 0;
    expect(await runLine(line)).toMatchObject({ status, stderr: "" });
  });

  it("has more than ten lines", () => {
    expect(LINES.length).toBeGreaterThan(10);
  });
});

describe("Roles and revocations of the sample's own issuer", () => {
  const get = async (token: string): Promise<number> =>
    (await fetch(`${stack.origin}/documents`, { headers: { authorization: `Bearer ${token}` } })).status;
  const flush = ["--flush", "portcullis/local"];
  const zoe = ["--tenant", "acme", "--subject", "zoe"];

  it("take the issuer by themselves, and the flush ends API Gateway's cache of the local stack", async () => {
    await runVerb(issuer, "reinstate", "main");
    const token = (await stack.provider("main")?.mint({ tenants: ["acme"], subject: "zoe" })) ?? "";
    expect(await get(token)).toBe(403);
    const granted = await runVerb(grant, ...zoe, "--role", "viewer");
    expect(granted.stdout).toBe(
      "zoe is viewer of acme: done; in effect after at most 300 s (--flush portcullis/local empties API Gateway's cache now)\n",
    );
    expect(await get(token)).toBe(403);
    const again = await runVerb(grant, ...zoe, "--role", "viewer", ...flush);
    expect(again).toMatchObject({ status: 0, stdout: "zoe is viewer of acme: unchanged\n" });
    expect(await get(token)).toBe(200);
    const revoked = await runVerb(revoke, ...zoe, ...flush);
    expect(revoked.stdout).toMatch(/in effect after at most 0 s, because API Gateway's cache was emptied/);
    expect(await get(token)).toBe(403);
  });

  it("are not flushed for a page of another site", async () => {
    const headers = {
      authorization: "AWS4-HMAC-SHA256 Credential=local/20261201/us-east-1/apigateway/aws4_request",
      origin: "https://evil.example",
    };
    const url = `${stack.origin}/restapis/portcullis/stages/local/cache/authorizers`;
    expect((await fetch(url, { method: "DELETE", headers })).status).toBe(403);
  });
});
