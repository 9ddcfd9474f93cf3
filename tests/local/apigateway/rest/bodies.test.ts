import { afterEach, describe, expect, it } from "vitest";
import { closeServers, operation, startGateway } from "./harness.ts";

afterEach(closeServers);

const VALIDATORS = {
  off: { validateRequestParameters: true, validateRequestBody: false },
  on: { validateRequestParameters: true, validateRequestBody: true },
};
const DOCUMENT = {
  type: "object",
  required: ["title"],
  properties: { title: { type: "string", maxLength: 5 }, note: { $ref: "#/components/schemas/Note" } },
};
const NOTE = { oneOf: [{ type: "null" }, { type: "string" }] };

const start = (content: object, validator: "on" | "off" = "on", note: object = NOTE) =>
  startGateway({
    "x-amazon-apigateway-request-validators": VALIDATORS,
    "x-amazon-apigateway-request-validator": validator,
    components: { schemas: { Note: note } },
    paths: { "/documents": { post: operation({ requestBody: { required: true, content } }) } },
  });

const both = { "application/json": { schema: DOCUMENT }, $default: { schema: DOCUMENT } };
const json = (value: unknown, type = "application/json") => ({
  headers: { "content-type": type },
  body: typeof value === "string" ? value : JSON.stringify(value),
});

describe("a body that has a model", () => {
  it.each([
    ["all required members", { title: "a" }],
    ["null for a nullable member", { title: "a", note: null }],
    ["members that are not in the model", { title: "a", more: 1 }],
  ])("is accepted with %s", async (_, body) => {
    const gateway = await start(both);
    expect((await gateway.send("POST", "/documents", json(body))).status).toBe(200);
  });

  it.each([
    ["without a required member", {}, "#/required"],
    ["with a string that is too long", { title: "secret-title" }, "#/properties/title/maxLength"],
    [
      "with a wrong type behind a reference",
      { title: "a", note: 7 },
      "#/components/schemas/Note/oneOf/0/type",
    ],
    ["that is a list", [], "#/type"],
  ])("%s is rejected, and the log names the path in the model", async (_, body, path) => {
    const gateway = await start(both);
    const response = await gateway.send("POST", "/documents", json(body));
    expect([response.status, response.json]).toEqual([400, { message: "Invalid request body" }]);
    expect(gateway.log).toMatchObject([
      { responseType: "BAD_REQUEST_BODY", note: `the body violates its model at ${path}` },
    ]);
    expect(JSON.stringify(gateway.log)).not.toContain("secret-title");
  });

  it.each([
    ["empty", ""],
    ["not JSON", "{"],
    ["not UTF-8", Buffer.from('{"title":"\xff"}', "latin1")],
  ])("is rejected if it is %s", async (_, body) => {
    const gateway = await start(both);
    const response = await gateway.send("POST", "/documents", {
      headers: { "content-type": "application/json" },
      body,
    });
    expect(response.status).toBe(400);
    expect(gateway.log).toMatchObject([{ note: "the body is not JSON" }]);
  });
});

describe("the model", () => {
  it("is that of the content type without its parameters, or of JSON without a content type", async () => {
    const gateway = await start({ "application/json": { schema: DOCUMENT } });
    const status = async (type: string) => (await gateway.send("POST", "/documents", json({}, type))).status;
    expect(await status("Application/JSON; charset=utf-8")).toBe(400);
    expect((await gateway.send("POST", "/documents", { body: "{}" })).status).toBe(400);
    expect(await status("text/plain")).toBe(200);
  });

  it("is the one of $default for all other content types", async () => {
    const gateway = await start(both);
    expect((await gateway.send("POST", "/documents", json({}, "text/plain"))).status).toBe(400);
    expect((await gateway.send("POST", "/documents", json({ title: "a" }, "text/plain"))).status).toBe(200);
  });

  it("applies only if the method's validator checks bodies", async () => {
    const gateway = await start(both, "off");
    expect((await gateway.send("POST", "/documents", json("{"))).status).toBe(200);
  });

  it("loses a list of types on import, as on AWS", async () => {
    const gateway = await start(both, "on", { type: ["string", "null"], maxLength: 5 });
    const status = async (note: unknown) =>
      (await gateway.send("POST", "/documents", json({ title: "a", note }))).status;
    expect([await status(null), await status(7), await status("too long")]).toEqual([200, 200, 400]);
  });

  it("is rejected on import if it has a key that is not in draft 4", async () => {
    await expect(start(both, "on", { type: "string", example: "a" })).rejects.toThrow(
      'POST /documents: its model cannot be imported: strict mode: unknown keyword: "example"',
    );
  });
});
