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
const NOTE = { type: ["string", "null"] };

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
    ["all that is required", { title: "a" }],
    ["a null where it may be one", { title: "a", note: null }],
    ["members that the model does not name", { title: "a", more: 1 }],
  ])("passes with %s", async (_, body) => {
    const gateway = await start(both);
    expect((await gateway.send("POST", "/documents", json(body))).status).toBe(200);
  });

  it.each([
    ["without what is required", {}, "#/required"],
    ["with too long a text", { title: "secret-title" }, "#/properties/title/maxLength"],
    ["with another type behind a reference", { title: "a", note: 7 }, "#/components/schemas/Note/type"],
    ["that is a list", [], "#/type"],
  ])("%s is refused, and the log says where in the model", async (_, body, place) => {
    const gateway = await start(both);
    const answer = await gateway.send("POST", "/documents", json(body));
    expect([answer.status, answer.json]).toEqual([400, { message: "Invalid request body" }]);
    expect(gateway.log).toMatchObject([
      { responseType: "BAD_REQUEST_BODY", note: `the body breaks its model at ${place}` },
    ]);
    expect(JSON.stringify(gateway.log)).not.toContain("secret-title");
  });

  it.each([
    ["empty", ""],
    ["not JSON", "{"],
    ["not UTF-8", Buffer.from('{"title":"\xff"}', "latin1")],
  ])("is refused where it is %s", async (_, body) => {
    const gateway = await start(both);
    const answer = await gateway.send("POST", "/documents", {
      headers: { "content-type": "application/json" },
      body,
    });
    expect(answer.status).toBe(400);
    expect(gateway.log).toMatchObject([{ note: "the body is not JSON" }]);
  });
});

describe("the model", () => {
  it("is that of the content type, whatever its parameters, and without one that of JSON", async () => {
    const gateway = await start({ "application/json": { schema: DOCUMENT } });
    const status = async (type: string) => (await gateway.send("POST", "/documents", json({}, type))).status;
    expect(await status("Application/JSON; charset=utf-8")).toBe(400);
    expect((await gateway.send("POST", "/documents", { body: "{}" })).status).toBe(400);
    expect(await status("text/plain")).toBe(200);
  });

  it("is $default's for all other content types", async () => {
    const gateway = await start(both);
    expect((await gateway.send("POST", "/documents", json({}, "text/plain"))).status).toBe(400);
    expect((await gateway.send("POST", "/documents", json({ title: "a" }, "text/plain"))).status).toBe(200);
  });

  it("counts only where the method's validator checks bodies", async () => {
    const gateway = await start(both, "off");
    expect((await gateway.send("POST", "/documents", json("{"))).status).toBe(200);
  });

  it("is refused on import where a key of it is not of draft 4", async () => {
    await expect(start(both, "on", { type: "string", example: "a" })).rejects.toThrow(
      'POST /documents: its model cannot be imported: strict mode: unknown keyword: "example"',
    );
  });
});
