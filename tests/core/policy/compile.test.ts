import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Caller, sourceValue, supposedCaller } from "../../../core/decision/caller.ts";
import { decide } from "../../../core/decision/decide.ts";
import { isDenial } from "../../../core/decision/denial.ts";
import type { Permissions } from "../../../core/decision/permissions.ts";
import type { Binding, BindingSource } from "../../../core/model/grant.ts";
import type { RouteKey } from "../../../core/model/ids.ts";
import { findRoute } from "../../../core/model/layout.ts";
import { parseMethodArn } from "../../../core/model/method-arn.ts";
import { matchPath, parameterNames, type Route, selectRoute } from "../../../core/model/route.ts";
import { allow } from "../../../core/policy/authorizer-response.ts";
import { compilePolicy, denyAll } from "../../../core/policy/compile.ts";
import type { PolicyDocument } from "../../../core/policy/policy-document.ts";
import { naivelyAllows } from "../../oracle/naive-matcher.ts";
import { BASE_ARN, layoutOf, route } from "../../support/api.ts";

/** Paths that overlap: literals next to parameters, nested ones, and a greedy one. */
const PATHS = [
  "/",
  "/a",
  "/a/b",
  "/a/b/c",
  "/a/{x}",
  "/a/{x}/c",
  "/a/{x}/{y}",
  "/a/b/{y}",
  "/{w}",
  "/{w}/b",
  "/d/{proxy+}",
];
const SEGMENTS = ["a", "b", "c", "d", "ann", "acme", "me:1", "me%3A1", "me%3a1", "zz", "a*", "%2F", "GET"];
const SOURCES: readonly BindingSource[] = ["subject", "tenant"];

const apis = fc.uniqueArray(fc.tuple(fc.constantFrom("GET", "PUT"), fc.constantFrom(...PATHS)), {
  minLength: 1,
  maxLength: 8,
  selector: ([method, path]) => `${method} ${path}`,
});
const paths = fc
  .tuple(fc.array(fc.constantFrom(...SEGMENTS), { maxLength: 4 }), fc.boolean())
  .map(([segments, slash]) => `/${segments.join("/")}${slash && segments.length > 0 ? "/" : ""}`);
const requests = fc.array(fc.tuple(fc.constantFrom("GET", "PUT"), paths), { minLength: 1, maxLength: 30 });

/** Lists the resources of a document's first statement, which is the Allow. */
const resourcesIn = (document: PolicyDocument | undefined): readonly string[] =>
  [document?.Statement[0]?.Resource ?? []].flat();

/** Up to two alternative bindings for a route, or none. */
const bindingsOf = (one: Route): fc.Arbitrary<readonly Binding[]> => {
  const names = parameterNames(one.segments);
  const binding = fc
    .array(fc.tuple(fc.constantFrom(...names, "none"), fc.subarray([...SOURCES], { minLength: 1 })), {
      maxLength: 2,
    })
    .map((entries): Binding => Object.fromEntries(entries.filter(([name]) => name !== "none")));
  return fc.array(binding, { maxLength: 2 });
};

const scenarios = apis.chain((keys) => {
  const routes = keys.map(([method, path]) => route(`${method} ${path}`));
  return fc.record({
    routes: fc.constant(routes),
    grants: fc.tuple(...routes.map(bindingsOf)),
    subject: fc.constantFrom("ann", "me:1", "acme", "not encodable", ""),
    slashes: fc.boolean(),
    requests,
  });
});

/** Decides what policy files mean a second time, without a policy. */
function granted(
  caller: Caller,
  bindings: readonly Binding[],
  values: Readonly<Record<string, string>>,
): boolean {
  return bindings.some((binding) =>
    Object.entries(binding).every(([name, sources]) =>
      sources.every((source) => {
        const own = sourceValue(caller, source);
        return own !== "" && !own.includes(" ") && decodeURIComponent(values[name] ?? "") === own;
      }),
    ),
  );
}

describe("in route mode a policy, evaluated for a request of its route,", () => {
  it("allows exactly what is granted under its bindings, for any API, grants and request", () => {
    fc.assert(
      fc.property(scenarios, ({ routes, grants, subject, slashes, requests: sent }) => {
        const layout = layoutOf(routes, { slashes });
        const caller = supposedCaller({ tenant: "acme", subject });
        const held = new Map<RouteKey, readonly Binding[]>(
          routes.map((one, index) => [one.key, grants[index] ?? []]),
        );
        const permissions: Permissions = {
          caller,
          roles: [],
          plan: null,
          actor: null,
          ownsSubject: true,
          grants: new Map([...held].filter(([, list]) => list.length > 0)),
          version: "v",
        };
        for (const [method, path] of sent) {
          const selected = selectRoute(routes, method, path);
          const found = selected && findRoute(layout, selected.key);
          if (found === undefined) continue;
          const methodArn = `${BASE_ARN}/${method}${path}`;
          const decision = decide(permissions, [found.route], layout);
          const policy = isDenial(decision)
            ? denyAll(BASE_ARN)
            : allow({ ...found, arn: parseMethodArn(methodArn) }, decision, permissions, layout).response
                .policyDocument;
          const expected = granted(
            caller,
            held.get(found.route.key) ?? [],
            matchPath(found.route.segments, path) ?? {},
          );
          const allows = naivelyAllows(policy, methodArn);
          // A trailing slash may be part of a value. Such a request may be denied, but never allowed without a grant.
          const exact =
            !path.endsWith("/") ||
            (slashes && found.route.segments.at(-1)?.kind === "literal") ||
            path === "/";
          if (exact) expect([methodArn, allows]).toEqual([methodArn, expected]);
          else expect([methodArn, allows && !expected]).toEqual([methodArn, false]);
        }
      }),
      { numRuns: 400 },
    );
  });

  it("never allows a request with an empty segment, another stage or another API", () => {
    fc.assert(
      fc.property(scenarios, ({ routes, slashes }) => {
        const layout = layoutOf(routes, { slashes });
        const [group] = layout.groups;
        const policy =
          group &&
          compilePolicy(
            BASE_ARN,
            group,
            { granted: routes.map((one) => ({ route: one, alternatives: [{}] })) },
            layout,
          );
        for (const path of ["//a", "/a//b", "//", "/a//"])
          expect(policy && naivelyAllows(policy, `${BASE_ARN}/GET${path}`)).toBe(false);
        for (const base of [
          BASE_ARN.replace("/prod", "/production"),
          BASE_ARN.replace("/prod", "/test"),
          BASE_ARN.replace("abcdef1234", "abcdef12345"),
        ])
          for (const one of routes)
            expect(policy && naivelyAllows(policy, `${base}/${one.method}${one.path}`)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a policy's resources", () => {
  const layout = layoutOf([
    route("GET /users/{userId}"),
    route("GET /users/me"),
    route("PUT /users/{userId}"),
    route("GET /files/{proxy+}"),
    route("GET /"),
  ]);
  const resources = (
    key: string,
    values: Readonly<Record<string, string>>,
    { slashes = false } = {},
  ): readonly string[] | undefined => {
    const found = findRoute(layout, key);
    const document =
      found &&
      compilePolicy(
        BASE_ARN,
        found.group,
        { granted: [{ route: found.route, alternatives: [values] }] },
        { slashes },
      );
    return document && resourcesIn(document).map((resource) => resource.slice(BASE_ARN.length));
  };

  it("write a free parameter ?*, which is never empty", () => {
    expect(resources("GET /users/{userId}", {})).toEqual(["/GET/users/?*"]);
    expect(resources("GET /files/{proxy+}", {})).toEqual(["/GET/files/?*"]);
    expect(resources("GET /", {})).toEqual(["/GET/"]);
  });

  it("write a bound value as sent and percent-encoded, with hex in both cases", () => {
    expect(resources("GET /users/{userId}", { userId: "ann" })).toEqual(["/GET/users/ann"]);
    expect(resources("GET /users/{userId}", { userId: "a@b:c" })).toEqual([
      "/GET/users/a@b:c",
      "/GET/users/a%40b%3Ac",
      "/GET/users/a%40b%3ac",
    ]);
    expect(resources("GET /users/{userId}", { userId: "ok!" })).toEqual([
      "/GET/users/ok!",
      "/GET/users/ok%21",
    ]);
  });

  it("also have a trailing slash if the layout says so, but not after a value", () => {
    expect(resources("GET /users/me", {}, { slashes: true })).toEqual(["/GET/users/me", "/GET/users/me/"]);
    expect(resources("GET /users/me", {})).toEqual(["/GET/users/me"]);
    expect(resources("GET /users/{userId}", { userId: "ann" }, { slashes: true })).toEqual([
      "/GET/users/ann",
    ]);
    expect(resources("GET /users/{userId}", {}, { slashes: true })).toEqual(["/GET/users/?*"]);
  });

  it("are never longer than 512 characters, and never an empty list", () => {
    const long = route("GET /a/{w}/{x}/{y}/{z}");
    const [group] = layoutOf([long, route("GET /b")]).groups;
    const values = (length: number) => ({ w: "|".repeat(length), x: "|".repeat(length), y: "y", z: "z" });
    const compile = (length: number) =>
      group &&
      compilePolicy(
        BASE_ARN,
        group,
        { granted: [{ route: long, alternatives: [values(length)] }] },
        { slashes: false },
      );
    const fitting = resourcesIn(compile(128));
    expect(fitting).toHaveLength(1);
    for (const resource of fitting) expect(resource.length).toBeLessThanOrEqual(512);
    expect(
      group &&
        compilePolicy(
          BASE_ARN,
          group,
          {
            granted: [
              { route: long, alternatives: [{ ...values(128), y: "y".repeat(128), z: "z".repeat(128) }] },
            ],
          },
          { slashes: false },
        ),
    ).toBeUndefined();
  });

  it("contain no wildcard from a caller, because a bound value has none", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 6 }), (subject) => {
        const decision = decide(
          {
            caller: supposedCaller({ tenant: "t", subject }),
            grants: new Map([[route("GET /users/{userId}").key, [{ userId: ["subject"] }]]]),
            ownsSubject: true,
          },
          [route("GET /users/{userId}")],
          layout,
        );
        if (isDenial(decision)) return;
        const [group] = layout.groups;
        const document = group && compilePolicy(BASE_ARN, group, decision, layout);
        for (const resource of resourcesIn(document))
          expect(resource.slice(BASE_ARN.length)).not.toMatch(/[*?$]/);
      }),
    );
  });
});
