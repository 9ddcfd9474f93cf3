import { describe, expect, it } from "vitest";
import { grantsOfRole, loadWith, told } from "../../support/policy-files.ts";

const role = (...lines: string[]): string => `allow:\n${lines.map((line) => `  - "${line}"\n`).join("")}`;
const problemsOf = (line: string): string[] => told(loadWith({ "roles/tested.yaml": role(line) }));

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
      "matches any one parameter by *, and no literal beside it",
      "GET /documents/*",
      ["GET /documents/{documentId}"],
    ],
    [
      "matches any rest by **, also nothing",
      "GET /documents/**",
      ["GET /documents", "GET /documents/search", "GET /documents/{documentId}"],
    ],
    ["matches a greedy parameter by **", "GET /files/**", ["GET /files/{proxy+}"]],
    ["matches a greedy parameter by its name", "GET /files/{proxy+}", ["GET /files/{proxy+}"]],
    [
      "takes several methods with |",
      "GET|PATCH /users/{userId}",
      ["GET /users/{userId}", "PATCH /users/{userId}"],
    ],
    ["takes every method by ANY", "ANY /users/*", ["GET /users/{userId}", "PATCH /users/{userId}"]],
    ["reaches every route by ANY /**, but neither public nor explicit ones", "ANY /**", EVERY_GUARDED_ROUTE],
    [
      "reaches an explicit operation by its permission",
      "documents.purge",
      ["DELETE /documents/{documentId}"],
    ],
    [
      "reaches an explicit operation by its exact method and path",
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
    ["GTE /documents", 'unknown method "GTE"; methods are ANY, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT'],
    ["* /documents", "the method * is written ANY"],
    ["GET /documents/", "the path must not end with /: write /documents"],
    ["GET /documents/**/x", "** may only stand last"],
    ["GET /documents/x*", 'the segment "x*" is neither a literal, {name}, * nor **'],
    ["GET|DELETE /documents", "no route with DELETE matches; it matches GET /documents"],
    [
      "documents.read extra words",
      "expected a method, one space and a path such as GET /documents/{documentId}",
    ],
    ["GET //documents", "the path has an empty segment"],
    ["GET /documents//x", "the path has an empty segment"],
  ])('that is wrong says why: "%s"', (selector, message) => {
    expect(problemsOf(selector)).toEqual([`roles/tested.yaml:2:5: "${selector}": ${message}`]);
  });

  it.each<[selector: string, message: string]>([
    ["*", '"*" is not a permission: write ANY /** for every route'],
    ["/documents", '"/documents" has no method: write ANY /documents, or the methods with | between'],
    [
      "documents.",
      '"documents." is neither a permission (documents.read, documents.*) nor a method and a path (GET /documents/**)',
    ],
    ["GET /documnets", '"GET /documnets" matches no route; did you mean "GET /documents"?'],
    [
      "DELETE /documents",
      '"DELETE /documents" matches no route; the path has GET /documents, POST /documents',
    ],
    ["GET /files/{proxy}", '"GET /files/{proxy}" matches no route; did you mean "GET /files/{proxy+}"?'],
    ["GET /files/*", '"GET /files/*" matches no route: * does not match {proxy+}: write GET /files/**'],
    [
      "GET /documents/{id}",
      '"GET /documents/{id}" matches no route; there the parameter is called {documentId}',
    ],
    ["GET /totally/else", '"GET /totally/else" matches no route; see policies/api.yaml for the routes'],
    ["GET /health", '"GET /health" matches only GET /health, which is public: nobody needs a grant for it'],
    ["ANY /health", '"ANY /health" matches only GET /health, which is public: nobody needs a grant for it'],
    [
      "DELETE /documents/*",
      '"DELETE /documents/*" matches only DELETE /documents/{documentId}, which is explicit: wildcards do not reach it, name it by its permission or its exact method and path',
    ],
  ])("that reaches no route says what it does match: %s", (selector, message) => {
    expect(problemsOf(selector)).toEqual([`roles/tested.yaml:2:5: ${message}`]);
  });

  it("must reach a route with each of its methods, explicit operations not counted", () => {
    const [problem, ...others] = problemsOf("GET|DELETE /documents/*");
    expect(others).toEqual([]);
    expect(problem).toMatch(/^roles\/tested\.yaml:2:5: "GET\|DELETE \/documents\/\*".*DELETE/);
  });

  it("with a greedy parameter elsewhere than last matches nothing", () => {
    expect(problemsOf("GET /{proxy+}/x")).toHaveLength(1);
  });
});

describe("what narrows", () => {
  it("reaches explicit operations by wildcards too", () => {
    const text = 'allow: [documents.purge, documents.read]\nexcept: ["DELETE /documents/*"]\n';
    expect(grantsOfRole(text)).toEqual(["GET /documents", "GET /documents/{documentId}"]);
  });

  it("must match a route as well", () => {
    const problems = told(
      loadWith({ "roles/tested.yaml": "allow: [documents.read]\nexcept: [documents.reed]\n" }),
    );
    expect(problems).toEqual([
      'roles/tested.yaml:2:10: "documents.reed": no operation has this permission; did you mean "documents.read"?',
    ]);
  });
});
