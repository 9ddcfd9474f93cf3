import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { couldReach, parseMethodArn } from "../../../core/model/method-arn.ts";
import { BASE_ARN, route } from "../../support/api.ts";

const reaches = (key: string, path: string, method = key.split(" ")[0]): boolean =>
  couldReach(route(key), parseMethodArn(`${BASE_ARN}/${method}${path}`));

describe("parseMethodArn", () => {
  it.each<[path: string]>([
    ["/"],
    ["/documents/42"],
    ["/documents/a:b:c"],
    ["/a//b/"],
    ["/x%2Fy"],
    ["/GET/prod"],
    ["/line\nbreak"],
  ])("keeps the whole path: %j", (path) => {
    expect(parseMethodArn(`${BASE_ARN}/GET${path}`)).toEqual({ base: BASE_ARN, method: "GET", path });
  });

  it("reads the root without a slash, other partitions and the default stage", () => {
    expect(parseMethodArn(`${BASE_ARN}/GET`).path).toBe("/");
    for (const partition of ["aws-cn", "aws-us-gov"])
      expect(
        parseMethodArn(`arn:${partition}:execute-api:cn-north-1:123456789012:abc/$default/GET/x`).method,
      ).toBe("GET");
  });

  it("keeps any path", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (rest) => {
        expect(parseMethodArn(`${BASE_ARN}/PUT/${rest}`).path).toBe(`/${rest}`);
      }),
    );
  });

  it.each([
    "",
    "*",
    "arn:aws:execute-api:eu-central-1:123456789012:*/prod/GET/x",
    "arn:aws:execute-api:eu-central-1:123456789012:abc/*/GET/x",
    "arn:aws:execute-api:eu-central-1:123456789012:abc/prod/get/x",
    "arn:aws:execute-api:eu-central-1:123456789012:abc/prod",
    "arn:aws:execute-api:eu-central-1:12345678901:abc/prod/GET/x",
    "arn:aws:lambda:eu-central-1:123456789012:abc/prod/GET/x",
    `x${BASE_ARN}/GET/x`,
  ])("rejects what is not the ARN of a REST method: %j", (arn) => {
    expect(() => parseMethodArn(arn)).toThrow(
      expect.objectContaining({
        name: "InternalError",
        code: "route_unknown",
        message: "The event's methodArn is not the ARN of a REST API's method",
      }),
    );
  });
});

describe("couldReach", () => {
  it.each<[key: string, path: string]>([
    ["GET /", "/"],
    ["GET /documents", "/documents/"],
    ["GET /documents/{id}", "/documents/42"],
    ["GET /documents/{id}", "/documents/a/b"],
    ["GET /documents/{id}", "//documents//42/"],
    ["GET /documents/{id}", "/documents/a%2Fb"],
    ["GET /documents/{id}", "/documents/%E0%A4%A"],
    ["GET /documents/{id}/x", "/documents/a/x/x"],
    ["GET /files/{proxy+}", "/files/a/b/c"],
    ["GET /a_b/{x}", "/a%5Fb/1"],
  ])("accepts every spelling of a route's requests: %s by %s", (key, path) => {
    expect(reaches(key, path)).toBe(true);
  });

  it.each<[key: string, path: string, method?: string]>([
    ["GET /", "/x"],
    ["GET /documents", "/users"],
    ["GET /documents", "/documents/42"],
    ["GET /documents/{id}", "/users/42"],
    ["GET /documents/{id}/x", "/documents/42/y"],
    ["GET /documents", "/documents", "PUT"],
  ])("rejects an ARN that the route cannot have: %s by %s", (key, path, method) => {
    expect(reaches(key, path, method)).toBe(false);
  });
});
