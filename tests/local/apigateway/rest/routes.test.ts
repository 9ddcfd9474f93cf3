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

async function reached(gateway: TestGateway, method: string, path: string): Promise<unknown> {
  const { status, json } = await gateway.send(method, path);
  if (status !== 200) return { status, json };
  const { resource, pathParameters } = json as Record<string, unknown>;
  return [resource, pathParameters];
}

const REFUSED = { status: 403, json: UNKNOWN };

describe("route selection", () => {
  it("takes a literal before a parameter before a greedy resource", async () => {
    const gateway = await gatewayWith({ "/users/me": ["get"], "/users/{id}": ["get"], "/{proxy+}": ["get"] });
    expect(await reached(gateway, "GET", "/users/me")).toEqual(["/users/me", null]);
    expect(await reached(gateway, "GET", "/users/42")).toEqual(["/users/{id}", { id: "42" }]);
    expect(await reached(gateway, "GET", "/users/42/a")).toEqual(["/{proxy+}", { proxy: "users/42/a" }]);
  });

  it("treats a resource without the verb as absent", async () => {
    const gateway = await gatewayWith({ "/users/me": ["patch"], "/users/{userId}": ["get"] });
    expect(await reached(gateway, "GET", "/users/me")).toEqual(["/users/{userId}", { userId: "me" }]);
    expect(await reached(gateway, "DELETE", "/users/me")).toEqual(REFUSED);
  });

  it("falls through to a greedy resource for an undeclared verb", async () => {
    const gateway = await gatewayWith({ "/users/{id}": ["get"], "/{proxy+}": ["any"] });
    expect(await reached(gateway, "POST", "/users/1")).toEqual(["/{proxy+}", { proxy: "users/1" }]);
  });

  it("lets a resource's own ANY beat a greedy resource's exact verb", async () => {
    const gateway = await gatewayWith({ "/users": ["any"], "/{proxy+}": ["get"] });
    expect(await reached(gateway, "GET", "/users")).toEqual(["/users", null]);
  });

  it("takes ANY for the seven verbs of API Gateway only", async () => {
    const gateway = await gatewayWith({ "/x": ["any"] });
    expect(await reached(gateway, "OPTIONS", "/x")).toEqual(["/x", null]);
    expect(await reached(gateway, "PROPFIND", "/x")).toEqual(REFUSED);
  });

  it.each(["GET /", "GET /nothing", "POST /a", "HEAD /a"])(
    "answers 403 to %s, which is no route",
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

  it("refuses, and notes, where going back from a literal to a parameter would matter", async () => {
    const gateway = await gatewayWith({ "/a/b/c": ["get"], "/a/{x}/d": ["get"] });
    expect(await reached(gateway, "GET", "/a/b/d")).toEqual(REFUSED);
    expect(gateway.log[0]?.note).toContain("not established (/a/{x}/d, none)");
    expect(await reached(gateway, "GET", "/a/z/d")).toEqual(["/a/{x}/d", { x: "z" }]);
  });

  it("refuses where the readings reach different greedy resources", async () => {
    const gateway = await gatewayWith({
      "/a/b/c": ["get"],
      "/a/{x}/{proxy+}": ["get"],
      "/{proxy+}": ["get"],
    });
    expect(await reached(gateway, "GET", "/a/b/d")).toEqual(REFUSED);
    expect(await reached(gateway, "GET", "/q/d")).toEqual(["/{proxy+}", { proxy: "q/d" }]);
  });

  it("goes back to a greedy resource beside or above a literal", async () => {
    const gateway = await gatewayWith({ "/a/b/c": ["get"], "/a/{proxy+}": ["get"] });
    expect(await reached(gateway, "GET", "/a/b/d")).toEqual(["/a/{proxy+}", { proxy: "b/d" }]);
    expect(await reached(gateway, "GET", "/a")).toEqual(REFUSED);
  });

  it("serves the root", async () => {
    const gateway = await gatewayWith({ "/": ["get"] });
    expect(await reached(gateway, "GET", "/")).toEqual(["/", null]);
  });
});

describe("the path", () => {
  it("reaches the same resource with a slash at the end, and keeps it", async () => {
    const gateway = await gatewayWith({ "/users/{id}": ["get"] });
    const { json } = await gateway.send("GET", "/users/1/");
    expect(json).toMatchObject({ path: "/users/1/", resource: "/users/{id}", pathParameters: { id: "1" } });
  });

  it("stays undecoded in path and path parameters", async () => {
    const gateway = await gatewayWith({ "/users/{id}": ["get"] });
    const { json } = await gateway.send("GET", "/users/a%2Fb%2B+");
    expect(json).toMatchObject({ path: "/users/a%2Fb%2B+", pathParameters: { id: "a%2Fb%2B+" } });
  });

  it("is /x for //x directly after the host", async () => {
    const gateway = await gatewayWith({ "/x": ["get"] });
    const { json } = await gateway.send("GET", "//x");
    expect(json).toMatchObject({ path: "/x", resource: "/x" });
  });

  it("keeps a double slash under a greedy resource", async () => {
    const gateway = await gatewayWith({ "/files/{proxy+}": ["get"] });
    expect(await reached(gateway, "GET", "/files/a//b")).toEqual(["/files/{proxy+}", { proxy: "a//b" }]);
  });

  it.each(["///users/1", "/users//1", "/users/1//", "/users//"])("is refused as %s", async (path) => {
    const gateway = await gatewayWith({ "/users/{id}": ["get"] });
    expect(await reached(gateway, "GET", path)).toEqual(REFUSED);
  });

  it("is refused where it is a literal only once decoded", async () => {
    const gateway = await gatewayWith({ "/users/me": ["get"], "/users/{id}": ["get"] });
    expect(await reached(gateway, "GET", "/users/%6De")).toEqual(REFUSED);
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
