import { describe, expect, it } from "vitest";
import { portcullisEngines } from "../../bench/deciding/portcullis.ts";
import { makeQuestion } from "../../bench/fixtures/compiled-api.ts";
import { examplePath, githubApi } from "../../bench/fixtures/github.ts";
import { checkAgreement } from "../../bench/measurements/deciding.ts";
import { matchPath } from "../../core/model/route.ts";

describe("the engines that are compared", () => {
  it("get roles that can be matched by path alone: a role that grants a route grants every route that its path matches", () => {
    const { routes, roles } = githubApi(300);
    expect(routes).toHaveLength(300);
    expect(roles.size).toBe(10);
    for (const keys of roles.values())
      for (const route of routes.filter(({ key }) => keys.has(key))) {
        const matched = routes.filter(
          ({ method, path }) => method === route.method && matchPath(route.segments, examplePath(path)),
        );
        expect(matched.filter(({ key }) => !keys.has(key))).toEqual([]);
      }
  });

  it("include ours by group, by route and by the policies' JSON, and each grants what the roles grant", async () => {
    const question = makeQuestion(githubApi(120), 3);
    const { routes, roles } = question.api;
    const expected = routes
      .map(({ key }) => key)
      .filter((key) => question.roles.some((role) => roles.get(role)?.has(key)));
    expect(expected.length).toBeGreaterThan(20);
    for (const engine of portcullisEngines(question)) {
      const granted = engine.grantedKeys(await engine.decide(routes), routes);
      expect([engine.name, [...granted].sort()]).toEqual([engine.name, [...expected].sort()]);
    }
  });

  it("are not timed if one decides differently, or if the caller may call nothing", () => {
    const ours = { name: "Portcullis", granted: ["GET /a", "GET /b"] };
    expect(() => checkAgreement([ours, { ...ours, name: "x" }])).not.toThrow();
    expect(() => checkAgreement([ours, { name: "x", granted: ["GET /a"] }])).toThrow(
      "x decides differently from Portcullis: GET /b",
    );
    expect(() => checkAgreement([ours, { name: "x", granted: [...ours.granted, "GET /c"] }])).toThrow(
      "GET /c",
    );
    expect(() => checkAgreement([{ name: "Portcullis", granted: [] }])).toThrow(
      "The caller may call no route",
    );
  });
});
