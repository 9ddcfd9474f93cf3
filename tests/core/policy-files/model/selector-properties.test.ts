import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Operation } from "../../../../core/policy-files/model/operation.ts";
import { select } from "../../../../core/policy-files/model/selector.ts";
import { route } from "../../../support/api.ts";

const segment = fc.constantFrom("a", "b", "{x}", "{y}");
const path = fc
  .tuple(fc.array(segment, { maxLength: 3 }), fc.boolean())
  .map(([segments, greedy]) => `/${[...new Set(segments), ...(greedy ? ["{proxy+}"] : [])].join("/")}`);
const method = fc.constantFrom("GET", "PUT", "DELETE");

const operation = fc.record({ method, path, isPublic: fc.boolean(), explicit: fc.boolean() }).map(
  ({ method: verb, path: template, isPublic, explicit }): Operation => ({
    route: route(`${verb} ${template}`),
    backend: "docs",
    permission: undefined,
    explicit: explicit && !isPublic,
    public: isPublic,
    external: undefined,
    apiKeys: [],
    bind: {},
    unbound: false,
    broken: false,
    pointer: [],
    at: { file: "api.yaml", line: 1, column: 1 },
  }),
);
const api = fc.uniqueArray(operation, { minLength: 1, maxLength: 8, selector: ({ route: { key } }) => key });

const part = fc.constantFrom("a", "b", "{x}", "{y}", "*", "{proxy+}");
const selector = fc
  .tuple(
    fc.constantFrom("ANY", "GET", "PUT", "GET|PUT", "GET|PUT|DELETE"),
    fc.array(part, { maxLength: 3 }),
    fc.boolean(),
  )
  .map(([verbs, parts, rest]) => `${verbs} /${[...parts, ...(rest ? ["**"] : [])].join("/")}`);

/** A second implementation, on strings, of whether a selector's path matches a template. */
function matchesNaively(wanted: readonly string[], template: readonly string[]): boolean {
  const [first, ...others] = wanted;
  if (first === undefined) return template.length === 0;
  if (first === "**") return true;
  const [own, ...below] = template;
  if (own === undefined) return false;
  const same = first === own || (first === "*" && /^\{[^+]*\}$/.test(own));
  return same && matchesNaively(others, below);
}

const parts = (text: string): string[] => (text === "/" ? [] : text.slice(1).split("/"));

function expected(text: string, operations: readonly Operation[], narrows: boolean): string[] | "problem" {
  const [verbs = "", wanted = ""] = text.split(" ");
  const methods = verbs === "ANY" ? ["GET", "PUT", "DELETE"] : verbs.split("|");
  const byWildcard = verbs === "ANY" || /\*/.test(wanted);
  const reached = operations.filter(
    ({ route: own, public: isPublic, explicit }) =>
      !isPublic &&
      methods.includes(own.method) &&
      matchesNaively(parts(wanted), parts(own.path)) &&
      (narrows || !(explicit && byWildcard)),
  );
  const each =
    verbs === "ANY"
      ? reached.length > 0
      : methods.every((verb) => reached.some((one) => one.route.method === verb));
  return each ? reached.map((one) => one.route.key).sort() : "problem";
}

describe("a selector of routes, whatever the API", () => {
  it.each([
    ["in an entry that narrows access", true],
    ["in an entry that grants access", false],
  ])("matches exactly the routes of its definition, or is a problem: %s", (_, narrows) => {
    fc.assert(
      fc.property(selector, api, (text, operations) => {
        const selection = select(text, operations, { wildcardsReachAll: narrows });
        const found =
          "operations" in selection ? selection.operations.map((one) => one.route.key).sort() : "problem";
        expect(found).toEqual(expected(text, operations, narrows));
      }),
      { numRuns: 3_000 },
    );
  });
});
