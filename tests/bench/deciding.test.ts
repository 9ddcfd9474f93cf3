import { describe, expect, it } from "vitest";
import { questionOf } from "../../bench/compiled-api.ts";
import { exampleOf, githubApi } from "../../bench/github.ts";
import { checkAlike } from "../../bench/measurements/deciding.ts";
import { startOurs } from "../../bench/ours.ts";
import { matchPath } from "../../core/model/route.ts";

describe("the engines that are compared", () => {
  it("are asked about roles that paths alone can tell: who may call a route may call what its path reaches", () => {
    const { routes, roles } = githubApi(300);
    expect(routes).toHaveLength(300);
    expect(roles.size).toBe(10);
    for (const keys of roles.values())
      for (const route of routes.filter(({ key }) => keys.has(key))) {
        const reached = routes.filter(
          ({ method, path }) => method === route.method && matchPath(route.segments, exampleOf(path)),
        );
        expect(reached.filter(({ key }) => !keys.has(key))).toEqual([]);
      }
  });

  it("are ours by group, by route, and by what the policies' text allows: the same as the roles say", async () => {
    const question = questionOf(githubApi(120), 3);
    const { routes, roles } = question.api;
    const wanted = routes
      .map(({ key }) => key)
      .filter((key) => question.roles.some((role) => roles.get(role)?.has(key)));
    expect(wanted.length).toBeGreaterThan(20);
    for (const engine of startOurs(question)) {
      const granted = engine.granted(await engine.ask(routes), routes);
      expect([engine.name, [...granted].sort()]).toEqual([engine.name, [...wanted].sort()]);
    }
  });

  it("are not timed where one answers otherwise, or where there is nothing to answer", () => {
    const ours = { name: "Portcullis", granted: ["GET /a", "GET /b"] };
    expect(() => checkAlike([ours, { ...ours, name: "x" }])).not.toThrow();
    expect(() => checkAlike([ours, { name: "x", granted: ["GET /a"] }])).toThrow(
      "x answers otherwise than Portcullis: GET /b",
    );
    expect(() => checkAlike([ours, { name: "x", granted: [...ours.granted, "GET /c"] }])).toThrow("GET /c");
    expect(() => checkAlike([{ name: "Portcullis", granted: [] }])).toThrow("nothing");
  });
});
