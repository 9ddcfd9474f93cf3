import { afterEach, expect, it } from "vitest";
import { type Stack, startStack } from "../../local/stack.ts";
import { samplePolicies } from "./target.ts";

let stack: Stack | undefined;
const lines: string[] = [];
afterEach(async () => {
  await stack?.close();
  stack = undefined;
  lines.length = 0;
});

async function start(validateBodies: boolean) {
  const running = await startStack({
    policies: [samplePolicies()],
    cache: "token",
    ttl: 60,
    port: 0,
    validateBodies,
    onAccessLog: (entry) => lines.push(JSON.stringify(entry)),
  });
  stack = running;
  const token = await running.provider("main")?.mint({ tenants: ["acme"], roles: ["editor"] });
  return async (body: string, authorization = `Bearer ${token}`) => {
    const headers = { "content-type": "application/json", ...(authorization && { authorization }) };
    const response = await fetch(`${running.origin}/documents/1`, { method: "PUT", headers, body });
    const { error } = (await response.json()) as { error?: { code: string; message: string } };
    return error === undefined ? response.status : [response.status, error.code, error.message];
  };
}

it("bodies are not checked by default", async () => {
  const put = await start(false);
  expect(await put("{}")).toBe(200);
});

it("with validateBodies, bodies are checked by the schemas of the sample, after the caller is", async () => {
  const put = await start(true);
  const invalid = [400, "BAD_REQUEST_BODY", "Invalid request body"];
  expect(await put('{"title":"Plan","parent":"folder-1"}')).toBe(200);
  expect(await put('{"title":"","text":"private-text"}')).toEqual(invalid);
  expect(await put('{"title":"Plan","parent":"../etc"}')).toEqual(invalid);
  expect(await put("not json")).toEqual(invalid);
  expect(await put("{}", "")).toEqual([401, "UNAUTHORIZED", expect.any(String)]);
  expect(lines.join("\n")).toContain("#/components/schemas/Document/properties/title/minLength");
  expect(lines.join("\n")).not.toContain("private-text");
});
