import { spawn } from "node:child_process";
import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authorizerBundle } from "../../../packaging/authorizer-bundle.ts";
import { localEnvironment, mainIssuer } from "../../support/configuration.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "../../support/fake-issuer.ts";
import { startTable } from "../../support/fake-table.ts";
import { claims, event, ITEMS, LAYOUT_DATA } from "../../support/fixtures.ts";

const folder = mkdtempSync(join(tmpdir(), "bundle-"));
const outfile = join(folder, "index.js");
let signer: Signer;
let issuer: FakeIssuer;
let table: Awaited<ReturnType<typeof startTable>>;

beforeAll(async () => {
  signer = await makeSigner("k1");
  [issuer, table] = await Promise.all([
    FakeIssuer.start(signer),
    startTable(ITEMS),
    build({ ...authorizerBundle, outfile }),
  ]);
  writeFileSync(join(folder, "layout.json"), JSON.stringify({ layouts: { token: LAYOUT_DATA } }));
});
afterAll(() => Promise.all([issuer.stop(), table.stop()]));

/** Calls the bundle as Lambda does, in a plain Node process of its own. */
async function invoke(env: Record<string, string>, request: unknown) {
  const code = `require(${JSON.stringify(outfile)}).handler(JSON.parse(process.argv[1])).then(
    (response) => console.log(JSON.stringify({ response })), (error) => console.log(JSON.stringify({ thrown: error.message })))`;
  const child = spawn(process.execPath, ["-e", code, JSON.stringify(request)], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks)
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

const environment = () => localEnvironment(table.endpoint, mainIssuer(issuer.url));

test("the bundle is small enough for a fast cold start", () => {
  expect(statSync(outfile).size).toBeLessThan(160_000);
});

test("the bundle decides in plain Node", async () => {
  const now = Math.floor(Date.now() / 1_000);
  const token = await sign(signer, claims(issuer.url, { iat: now, exp: now + 60 }));
  const lines = await invoke(environment(), event(`Bearer ${token}`));
  expect(lines).toEqual([
    expect.objectContaining({ message: "decision", outcome: "allow", coldStart: true }),
    { response: expect.objectContaining({ context: expect.objectContaining({ tenantId: "acme" }) }) },
  ]);
});

test("the bundle responds to a ping without a log line", async () => {
  expect(await invoke(environment(), { portcullis: "ping" })).toEqual([{ response: { portcullis: "pong" } }]);
});

test("on Lambda the bundle does not accept local issuers", async () => {
  const lines = await invoke(
    { ...environment(), AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x" },
    event("Bearer x"),
  );
  expect(lines).toMatchObject([
    { message: "configuration", problems: ["PORTCULLIS_LOCAL must be absent on AWS Lambda"] },
    { message: "decision", status: 500 },
    { thrown: "No decision: configuration_invalid" },
  ]);
});
