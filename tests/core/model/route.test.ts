import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareSpecificity,
  matchPath,
  parameterNames,
  parseTemplate,
  selectRoute,
} from "../../../core/model/route.ts";
import { route } from "../../support/api.ts";

const match = (template: string, path: string) => matchPath(parseTemplate(template), path);

describe("matchPath", () => {
  it.each<[template: string, path: string, values: Record<string, string> | undefined]>([
    ["/", "/", {}],
    ["/", "/x", undefined],
    ["/documents", "/documents", {}],
    ["/documents", "/documents/", {}],
    ["/documents", "/Documents", undefined],
    ["/documents", "/documents/42", undefined],
    ["/documents/{id}", "/documents/42", { id: "42" }],
    ["/documents/{id}", "/documents/42/", { id: "42" }],
    ["/documents/{id}", "/documents/", undefined],
    ["/documents/{id}", "/documents//", undefined],
    ["/documents/{id}", "//documents/42", undefined],
    ["/documents/{id}", "/documents/a%2Fb", { id: "a%2Fb" }],
    ["/documents/{id}", "/documents/a:b", { id: "a:b" }],
    ["/a/{x}/b/{y}", "/a/1/b/2", { x: "1", y: "2" }],
    ["/files/{proxy+}", "/files", undefined],
    ["/files/{proxy+}", "/files/", undefined],
    ["/files/{proxy+}", "/files/a/b.txt", { proxy: "a/b.txt" }],
    ["/{proxy+}", "/a", { proxy: "a" }],
  ])("%s and %s", (template, path, values) => {
    expect(match(template, path)).toEqual(values);
  });

  it("returns the values of the path unchanged, for any segments", () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9%._~@:+=,!|$&'()*;-]{1,8}$/);
    fc.assert(
      fc.property(segment, segment, (a, b) => {
        expect(match("/x/{a}/y/{b}", `/x/${a}/y/${b}`)).toEqual({ a, b });
        expect(match("/x/{rest+}", `/x/${a}/${b}`)).toEqual({ rest: `${a}/${b}` });
      }),
    );
  });
});

describe("selectRoute", () => {
  const routes = [
    "GET /documents/{id}",
    "GET /documents/search",
    "PATCH /documents/search",
    "GET /{proxy+}",
    "GET /documents/{id}/x",
    "GET /documents/{proxy+}",
  ].map((key) => route(key));
  it.each<[method: string, path: string, selected: string | undefined]>([
    ["GET", "/documents/search", "GET /documents/search"],
    ["GET", "/documents/42", "GET /documents/{id}"],
    ["GET", "/documents/42/x", "GET /documents/{id}/x"],
    ["GET", "/documents/42/y", "GET /documents/{proxy+}"],
    ["GET", "/other", "GET /{proxy+}"],
    ["PATCH", "/documents/42", undefined],
    ["DELETE", "/documents/search", undefined],
    ["GET", "/", undefined],
  ])("%s %s selects the most specific route that has the method", (method, path, selected) => {
    expect(selectRoute(routes, method, path)?.key).toBe(selected);
  });

  it("does not depend on the order of the routes", () => {
    const paths = ["/documents/search", "/documents/1", "/documents/1/x", "/documents/1/y", "/z"];
    fc.assert(
      fc.property(
        fc.shuffledSubarray(routes, { minLength: routes.length }),
        fc.constantFrom(...paths),
        (shuffled, path) => {
          expect(selectRoute(shuffled, "GET", path)?.key).toBe(selectRoute(routes, "GET", path)?.key);
        },
      ),
    );
  });
});

describe("selectRoute, of any routes", () => {
  const segment = fc.constantFrom("a", "b", "{x}");
  const template = fc
    .tuple(fc.array(segment, { maxLength: 3 }), fc.constantFrom("", "/{rest+}"))
    .map(([parts, rest]) => `${parts.map((part) => `/${part}`).join("")}${rest}` || "/");
  const request = fc
    .array(fc.constantFrom("a", "b", "c", ""), { maxLength: 4 })
    .map((parts) => `/${parts.join("/")}`);

  it("selects the most specific of all that match, as a comparison of each with the path does", () => {
    fc.assert(
      fc.property(fc.uniqueArray(template), request, (templates, path) => {
        const routes = templates.flatMap((one) => [route(`GET ${one}`), route(`PUT ${one}`)]);
        const matching = routes.filter(
          (one) => one.method === "PUT" && matchPath(one.segments, path) !== undefined,
        );
        const [best] = matching.toSorted((a, b) => compareSpecificity(a.segments, b.segments));
        expect(selectRoute(routes, "PUT", path)).toBe(best);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("templates", () => {
  it("list their parameters in the order of the path", () => {
    expect(parameterNames(parseTemplate("/a/{b}/c/{d+}"))).toEqual(["b", "d"]);
    expect(parameterNames(parseTemplate("/"))).toEqual([]);
  });

  it("are ordered: literal before parameter before greedy", () => {
    const ordered = ["/a/b", "/a/{x}", "/a/{x}/c", "/a/{y+}"].map(parseTemplate);
    for (const [index, template] of ordered.entries())
      for (const later of ordered.slice(index + 1))
        expect(compareSpecificity(template, later)).toBeLessThan(0);
  });
});
