import { describe, expect, it } from "vitest";
import { grantsOfRole, loadWith, problemLines } from "../../../support/policy-files.ts";

const role = (...lines: string[]): string => `allow:\n${lines.map((line) => `  - "${line}"\n`).join("")}`;
const problemsOf = (line: string): string[] => problemLines(loadWith({ "roles/tested.yaml": role(line) }));

const EVERY_GUARDED_ROUTE = [
  "GET /documents",
  "GET /documents/search",
  "GET /documents/{documentId}",
  "GET /files/{proxy+}",
  "GET /invoices/{invoiceId}",
  "GET /users/{userId}",
  "PATCH /users/{userId}",
  "POST /documents",
  "PUT /documents/{documentId}",
];

describe("a selector", () => {
  it.each<[title: string, selector: string, routes: string[]]>([
    ["names a permission", "documents.read", ["GET /documents", "GET /documents/{documentId}"]],
    [
      "names all permissions below a name, but no explicit operation",
      "documents.*",
      [
        "GET /documents",
        "GET /documents/search",
        "GET /documents/{documentId}",
        "POST /documents",
        "PUT /documents/{documentId}",
      ],
    ],
    ["matches a literal path by itself", "GET /documents/search", ["GET /documents/search"]],
    ["matches a parameter by its name", "GET /documents/{documentId}", ["GET /documents/{documentId}"]],
    [
      "matches any one parameter by *, but no literal at the same position",
      "GET /documents/*",
      ["GET /documents/{documentId}"],
    ],
    [
      "matches any remaining segments by **, also none",
      "GET /documents/**",
      ["GET /documents", "GET /documents/search", "GET /documents/{documentId}"],
    ],
    ["matches a greedy parameter by **", "GET /files/**", ["GET /files/{proxy+}"]],
    ["matches a greedy parameter by its name", "GET /files/{proxy+}", ["GET /files/{proxy+}"]],
    [
      "matches several methods with |",
      "GET|PATCH /users/{userId}",
      ["GET /users/{userId}", "PATCH /users/{userId}"],
    ],
    ["matches every method by ANY", "ANY /users/*", ["GET /users/{userId}", "PATCH /users/{userId}"]],
    ["matches every route by ANY /**, except public and explicit ones", "ANY /**", EVERY_GUARDED_ROUTE],
    [
      "matches an explicit operation by its permission",
      "documents.purge",
      ["DELETE /documents/{documentId}"],
    ],
    [
      "matches an explicit operation by its exact method and path",
      "DELETE /documents/{documentId}",
      ["DELETE /documents/{documentId}"],
    ],
    ["may have spaces around it", "  GET   /documents ", ["GET /documents"]],
  ])("%s: %s", (_, selector, routes) => {
    expect(grantsOfRole(role(selector))).toEqual(routes);
  });

  it.each<[selector: string, message: string]>([
    ["documents.raed", 'no operation has this permission; did you mean "documents.read"?'],
    ["document.*", 'no operation has a permission below it; did you mean "documents.*"?'],
    ["GET documents", 'the path must start with /, found "documents"'],
    ["get /documents", 'unknown method "get"; did you mean "GET"?'],
    ["GTE /documents", 'unknown method "GTE"; expected ANY, DELETE, GET, HEAD, OPTIONS, PATCH, POST or PUT'],
    ["* /documents", "* is not a method: write ANY for every method"],
    ["GET /documents/", "the path must not end with /: write /documents"],
    ["GET /documents/**/x", "** must be the last segment"],
    ["GET /documents/x*", 'the segment "x*" is malformed: expected a literal, {name}, * or **'],
    ["GET|DELETE /documents", "no DELETE route matches; it matches only GET /documents"],
    [
      "documents.",
      "expected a permission (documents.read, documents.*), or a method and a path (GET /documents/**)",
    ],
    [
      "documents.read extra words",
      "expected a method, one space and a path such as GET /documents/{documentId}",
    ],
    ["GET //documents", "the path has an empty segment: remove the extra /"],
    ["GET /documents//x", "the path has an empty segment: remove the extra /"],
  ])('that is malformed or matches nothing is an error: "%s"', (selector, message) => {
    expect(problemsOf(selector)).toEqual([`roles/tested.yaml:2:5: "${selector}": ${message}`]);
  });

  it.each<[selector: string, message: string]>([
    ["*", '"*" is not a permission: write ANY /** for every route'],
    [
      "/documents",
      '"/documents" has no method: write ANY /documents, or list methods as in GET|PUT /documents',
    ],
    ["GET /documnets", '"GET /documnets" matches no route; did you mean "GET /documents"?'],
    [
      "DELETE /documents",
      '"DELETE /documents" matches no route; the path has only GET /documents, POST /documents',
    ],
    ["GET /files/{proxy}", '"GET /files/{proxy}" matches no route; did you mean "GET /files/{proxy+}"?'],
    [
      "GET /files/*",
      '"GET /files/*" matches no route, because * does not match {proxy+}: write GET /files/**',
    ],
    [
      "GET /documents/{id}",
      '"GET /documents/{id}" matches no route; in that path the parameter is called {documentId}',
    ],
    ["GET /totally/else", '"GET /totally/else" matches no route: see policies/api.yaml for the routes'],
    [
      "GET /health",
      '"GET /health" matches only GET /health, which is public and needs no grant: remove the line',
    ],
    [
      "ANY /health",
      '"ANY /health" matches only GET /health, which is public and needs no grant: remove the line',
    ],
    [
      "DELETE /documents/*",
      '"DELETE /documents/*" matches only DELETE /documents/{documentId}, which is explicit, so wildcards do not reach it: name its permission, or its exact method and path',
    ],
  ])("that reaches no route gets a message with what it does match: %s", (selector, message) => {
    expect(problemsOf(selector)).toEqual([`roles/tested.yaml:2:5: ${message}`]);
  });

  it("must reach a route with each of its methods, and explicit operations do not count", () => {
    const [problem, ...others] = problemsOf("GET|DELETE /documents/*");
    expect(others).toEqual([]);
    expect(problem).toMatch(/^roles\/tested\.yaml:2:5: "GET\|DELETE \/documents\/\*".*DELETE/);
  });

  it("with a greedy parameter that is not the last segment matches nothing", () => {
    expect(problemsOf("GET /{proxy+}/x")).toHaveLength(1);
  });
});

describe("an entry that narrows access", () => {
  it("reaches explicit operations by wildcards too", () => {
    const text = 'allow: [documents.purge, documents.read]\nexcept: ["DELETE /documents/*"]\n';
    expect(grantsOfRole(text)).toEqual(["GET /documents", "GET /documents/{documentId}"]);
  });

  it("must match a route too", () => {
    const problems = problemLines(
      loadWith({ "roles/tested.yaml": "allow: [documents.read]\nexcept: [documents.reed]\n" }),
    );
    expect(problems).toEqual([
      'roles/tested.yaml:2:10: "documents.reed": no operation has this permission; did you mean "documents.read"?',
    ]);
  });
});
