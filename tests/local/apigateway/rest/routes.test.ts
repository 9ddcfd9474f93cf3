import { afterEach, describe, expect, it } from "vitest";
import { closeServers, operation, startGateway, type TestGateway } from "./harness.ts";

afterEach(closeServers);

const UNKNOWN = { message: "Missing Authentication Token" };

function gatewayWith(routes: Record<string, string[]>): Promise<TestGateway> {
  const paths = Object.entries(routes).map(([path, verbs]) => [
    path,
    Object.fromEntries(
      verbs.map((verb) => [verb === "any" ? "x-amazon-apigateway-any-method" : verb, operation()]),
    ),
  ]);
  return startGateway({ paths: Object.fromEntries(paths) });
}

async function route(gateway: TestGateway, method: string, path: string): Promise<unknown> {
  const { status, json } = await gateway.send(method, path);
  if (status !== 200) return { status, json };
  const { resource, pathParameters } = json as Record<string, unknown>;
  return [resource, pathParameters];
}

const DENIED = { status: 403, json: UNKNOWN };

describe("route selection", () => {
  it("prefers a literal to a parameter, and a parameter to a greedy resource", async () => {
    const gateway = await gatewayWith({ "/users/me": ["get"], "/users/{id}": ["get"], "/{proxy+}": ["get"] });
    expect(await route(gateway, "GET", "/users/me")).toEqual(["/users/me", null]);
    expect(await route(gateway, "GET", "/users/42")).toEqual(["/users/{id}", { id: "42" }]);
    expect(await route(gateway, "GET", "/users/42/a")).toEqual(["/{proxy+}", { proxy: "users/42/a" }]);
  });

  it("treats a resource without the verb as absent", async () => {
    const gateway = await gatewayWith({ "/users/me": ["patch"], "/users/{userId}": ["get"] });
    expect(await route(gateway, "GET", "/users/me")).toEqual(["/users/{userId}", { userId: "me" }]);
    expect(await route(gateway, "DELETE", "/users/me")).toEqual(DENIED);
  });

  it("falls through to a greedy resource for an undeclared verb", async () => {
    const gateway = await gatewayWith({ "/users/{id}": ["get"], "/{proxy+}": ["any"] });
    expect(await route(gateway, "POST", "/users/1")).toEqual(["/{proxy+}", { proxy: "users/1" }]);
  });

  it("lets a resource's own ANY beat a greedy resource's exact verb", async () => {
    const gateway = await gatewayWith({ "/users": ["any"], "/{proxy+}": ["get"] });
    expect(await route(gateway, "GET", "/users")).toEqual(["/users", null]);
  });

  it("uses ANY for API Gateway's seven verbs only", async () => {
    const gateway = await gatewayWith({ "/x": ["any"] });
    expect(await route(gateway, "OPTIONS", "/x")).toEqual(["/x", null]);
    expect(await route(gateway, "PROPFIND", "/x")).toEqual(DENIED);
  });

  it.each(["GET /", "GET /nothing", "POST /a", "HEAD /a"])(
    "returns 403 for %s, which is not a route",
    async (line) => {
      const [method = "", path = ""] = line.split(" ");
      const gateway = await gatewayWith({ "/a": ["get"] });
      const { status, headers, json } = await gateway.send(method, path);
      expect(status).toBe(403);
      expect(headers["x-amzn-errortype"]).toBe("MissingAuthenticationTokenException");
      expect(json).toEqual(method === "HEAD" ? undefined : UNKNOWN);
      expect(gateway.log).toMatchObject([
        { responseType: "MISSING_AUTHENTICATION_TOKEN", resource: null, status: 403 },
      ]);
    },
  );

  it("denies a request, with a note, if the result depends on going back from a literal to a parameter", async () => {
    const gateway = await gatewayWith({ "/a/b/c": ["get"], "/a/{x}/d": ["get"] });
    expect(await route(gateway, "GET", "/a/b/d")).toEqual(DENIED);
    expect(gateway.log[0]?.note).toContain("not established (/a/{x}/d, none)");
    expect(await route(gateway, "GET", "/a/z/d")).toEqual(["/a/{x}/d", { x: "z" }]);
  });

  it("denies a request if the readings reach different greedy resources", async () => {
    const gateway = await gatewayWith({
      "/a/b/c": ["get"],
      "/a/{x}/{proxy+}": ["get"],
      "/{proxy+}": ["get"],
    });
    expect(await route(gateway, "GET", "/a/b/d")).toEqual(DENIED);
    expect(await route(gateway, "GET", "/q/d")).toEqual(["/{proxy+}", { proxy: "q/d" }]);
  });

  it("goes back to a greedy resource next to or above a literal", async () => {
    const gateway = await gatewayWith({ "/a/b/c": ["get"], "/a/{proxy+}": ["get"] });
    expect(await route(gateway, "GET", "/a/b/d")).toEqual(["/a/{proxy+}", { proxy: "b/d" }]);
    expect(await route(gateway, "GET", "/a")).toEqual(DENIED);
  });

  it("serves the root", async () => {
    const gateway = await gatewayWith({ "/": ["get"] });
    expect(await route(gateway, "GET", "/")).toEqual(["/", null]);
  });
});

describe("the path", () => {
  it("reaches the same resource with a slash at the end, which stays in the path", async () => {
    const gateway = await gatewayWith({ "/users/{id}": ["get"] });
    const { json } = await gateway.send("GET", "/users/1/");
    expect(json).toMatchObject({ path: "/users/1/", resource: "/users/{id}", pathParameters: { id: "1" } });
  });

  it("is not decoded in path and path parameters", async () => {
    const gateway = await gatewayWith({ "/users/{id}": ["get"] });
    const { json } = await gateway.send("GET", "/users/a%2Fb%2B+");
    expect(json).toMatchObject({ path: "/users/a%2Fb%2B+", pathParameters: { id: "a%2Fb%2B+" } });
  });

  it("is /x for //x directly after the host", async () => {
    const gateway = await gatewayWith({ "/x": ["get"] });
    const { json } = await gateway.send("GET", "//x");
    expect(json).toMatchObject({ path: "/x", resource: "/x" });
  });

  it("keeps a double slash below a greedy resource", async () => {
    const gateway = await gatewayWith({ "/files/{proxy+}": ["get"] });
    expect(await route(gateway, "GET", "/files/a//b")).toEqual(["/files/{proxy+}", { proxy: "a//b" }]);
  });

  it.each(["///users/1", "/users//1", "/users/1//", "/users//"])("is denied as %s", async (path) => {
    const gateway = await gatewayWith({ "/users/{id}": ["get"] });
    expect(await route(gateway, "GET", path)).toEqual(DENIED);
  });

  it("is denied if it is a literal only after decoding", async () => {
    const gateway = await gatewayWith({ "/users/me": ["get"], "/users/{id}": ["get"] });
    expect(await route(gateway, "GET", "/users/%6De")).toEqual(DENIED);
    expect(gateway.log[0]?.note).toContain("/users/{id}, /users/me");
  });

  it.each(["/users/%zz", "/users/%ff", "/users/a#b", "*"])("is a bad request as %s", async (path) => {
    const gateway = await gatewayWith({ "/users/{id}": ["get", "options"] });
    const { status, json } = await gateway.send("OPTIONS", path);
    expect([status, json]).toEqual([400, { message: "Bad Request" }]);
  });

  it("may be sent with scheme and host", async () => {
    const gateway = await gatewayWith({ "/x": ["get"] });
    const { json } = await gateway.send("GET", `${gateway.url}/x?a=1`);
    expect(json).toMatchObject({ path: "/x", queryStringParameters: { a: "1" } });
  });
});
