import { describe, expect, it } from "vitest";
import type { HttpRoute } from "../../../../local/apigateway/http/model.ts";
import { selectHttpRoute } from "../../../../local/apigateway/http/route-selection.ts";

const makeRoute = (key: string): HttpRoute => {
  const [method = "", path] = key.split(" ");
  const integration = {
    type: "http_proxy",
    httpMethod: "ANY",
    uri: "",
    overwrite: new Map(),
    timeoutMs: 1,
  } as const;
  return {
    key,
    method: path === undefined ? "ANY" : method,
    path,
    authorizer: undefined,
    scopes: [],
    integration,
  };
};
const select = (keys: readonly string[], method: string, path: string): string => {
  const { route, pathParameters } = selectHttpRoute(keys.map(makeRoute), method, path);
  return [route.key, ...pathParameters.values()].join(" ");
};

describe("an HTTP API's route for a request", () => {
  const KEYS = ["$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}", "GET /pets/dog/1"];

  it.each([
    ["GET", "/pets/dog/1", "GET /pets/dog/1"],
    ["GET", "/pets/dog/2", "GET /pets/dog/{id} 2"],
    ["GET", "/pets/cat/1", "GET /pets/{proxy+} cat/1"],
    ["POST", "/test/5", "ANY /{proxy+} test/5"],
    ["GET", "/", "$default"],
  ])("is the most specific: %s %s", (method, path, expected) => {
    expect(select(KEYS, method, path)).toBe(expected);
  });

  it("is one with a verb before one with ANY, and a full match before a greedy one", () => {
    expect(select(["ANY /a", "GET /a"], "GET", "/a")).toBe("GET /a");
    expect(select(["ANY /a", "GET /a"], "PUT", "/a")).toBe("ANY /a");
    expect(select(["GET /a/{proxy+}", "GET /{x}/b"], "GET", "/a/b")).toBe("GET /{x}/b a");
  });

  it.each([
    ["an unknown path", "/b"],
    ["a slash at the end", "/a/"],
    ["an empty segment", "/a//x"],
    ["an encoded question mark, at which AWS may end the path", "/a/x%3Fy"],
    ["an encoded literal, which AWS may or may not decode", "/%61"],
  ])("does not exist for %s", (_, path) => {
    expect(() => select(["GET /a", "GET /a/{x}"], "GET", path)).toThrow(
      expect.objectContaining({ status: 404, clientMessage: "Not Found" }),
    );
  });
});
