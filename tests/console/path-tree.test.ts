import { describe, expect, it } from "vitest";
import { pathTree } from "../../console/groups/path-tree.ts";
import { route } from "../support/api.ts";

const print = (...keys: readonly string[]): string[] =>
  pathTree(keys.map((key) => route(key))).map(({ depth, label, routes }) =>
    `${"  ".repeat(depth)}${label} ${routes.map(({ method }) => method).join(" ")}`.trimEnd(),
  );

describe("the tree of paths", () => {
  it("has literals before parameters, and the root first", () => {
    expect(
      print("GET /b/{id}", "GET /b", "PUT /b", "GET /b/new", "GET /", "GET /{proxy+}", "GET /a"),
    ).toEqual(["/ GET", "/a GET", "/b GET PUT", "  /new GET", "  /{id} GET", "/{proxy+} GET"]);
  });

  it("joins segments in one line if nothing branches between them", () => {
    expect(print("GET /orgs/{orgId}/settings", "GET /orgs/{orgId}/members/{id}", "GET /x/y/z")).toEqual([
      "/orgs/{orgId}",
      "  /members/{id} GET",
      "  /settings GET",
      "/x/y/z GET",
    ]);
  });
});
