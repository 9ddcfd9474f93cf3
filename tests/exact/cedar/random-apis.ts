import { readFileSync } from "node:fs";
import { readPolicyFiles } from "../../../cli/shared/policy-folder.ts";
import { GITHUB_TAGS } from "../real-apis.ts";

/** An API, and what random policy files say about it. */
export interface RandomApi {
  readonly name: string;
  readonly text: string;
  /** Selectors that may stand in lists that grant. */
  readonly grants: readonly string[];
  /** Selectors for lists that take access, where wildcards also match explicit operations. */
  readonly taken: readonly string[];
  /** Wide lists, so that not every request is denied by the first check. */
  readonly wide: readonly (readonly string[])[];
  readonly bound: readonly { readonly route: string; readonly where: Readonly<Record<string, string>> }[];
  readonly scopes: readonly string[];
  /** Keys of the routes that are requested, and of those that are requested more often. */
  readonly routes: readonly string[];
  readonly frequent: readonly string[];
}

const sample = readPolicyFiles("policies");

export const SAMPLE: RandomApi = {
  name: "the sample",
  text: sample.get("api.yaml") ?? "",
  grants: [
    ...[
      "documents.read",
      "documents.*",
      "documents.purge",
      "comments.*",
      "comments.read",
      "users.read",
      "files.*",
    ],
    ...["settings.write", "invoices.read", "reports.*", "ANY /**", "GET|PUT /files/**", "GET /documents/*"],
    ...[
      "GET|POST  /documents/*/comments",
      "ANY /documents/**",
      "ANY /documents/{documentId}",
      "DELETE /documents/{documentId}",
      "GET /orgs/**",
    ],
  ],
  taken: [
    ...["documents.read", "comments.*", "files.read", "users.read", "GET /documents/*", "GET /orgs/**"],
    ...["documents.purge", "DELETE /documents/*", "ANY /documents/{documentId}", "POST|PUT /**"],
  ],
  wide: [
    ["ANY /**", "documents.purge"],
    ["ANY /**"],
    ["documents.*", "comments.*", "files.*", "settings.*"],
    ["ANY /documents/**", "documents.purge", "files.*", "users.read"],
  ],
  bound: [
    { route: "PATCH /users/{userId}", where: { userId: "subject" } },
    { route: "PATCH /users/{userId}", where: { userId: "claim.email" } },
    { route: "GET /documents/{documentId}/**", where: { documentId: "tenant" } },
    { route: "PUT /documents/{documentId}", where: { documentId: "claim.groups" } },
    { route: "comments.moderate", where: { documentId: "tenant", commentId: "subject" } },
  ],
  scopes: ["docs:write"],
  frequent: ["PATCH /users/{userId}", "DELETE /documents/{documentId}"],
  routes: [...(sample.get("api.yaml") ?? "").matchAll(/^ {2}(\/\S+):\n((?: {4}.*\n)+)/gm)].flatMap(
    ([, path = "", methods = ""]) =>
      [...methods.matchAll(/^ {4}(get|put|post|patch|delete):/gm)].map(
        ([, method = ""]) => `${method.toUpperCase()} ${path}`,
      ),
  ),
};

/** The files of the sample, as they are. */
export const SAMPLE_FILES = sample;

const METHOD = /^(GET|HEAD) /;
const permissionOf = (tag: string, key: string): string => `${tag}.${METHOD.test(key) ? "read" : "write"}`;

/** GitHub's API: a permission for each tag, and some explicit operations, scopes and operations without a binding. */
export const GITHUB: RandomApi = {
  name: "GitHub's API",
  text: githubText(),
  grants: [
    ...["repos.read", "repos.*", "issues.write", "issues.*", "orgs.read", "users.read", "gists.*", "teams.*"],
    ...[
      "ANY /**",
      "GET /repos/**",
      "GET|PUT|DELETE /repos/{owner}/{repo}/**",
      "ANY /orgs/{org}/**",
      "GET /users/*",
    ],
    ...["GET|PATCH /gists/*", "ANY /user/**", "GET /repos/*/*/issues", "GET /orgs/*/teams"],
  ],
  taken: [
    ...["repos.write", "issues.*", "orgs.read", "teams.read", "GET /users/*", "DELETE /**", "GET /repos/*/*"],
    ...["POST /repos/{owner}/{repo}/**", "GET /orgs/*/teams", "ANY /gists/{gist_id}/**"],
  ],
  wide: [["ANY /**"], ["repos.*", "issues.*", "orgs.*", "teams.*", "users.*", "gists.*"]],
  bound: [
    { route: "GET /users/{user_id}", where: { user_id: "subject" } },
    { route: "GET /users/{user_id}/**", where: { user_id: "claim.email" } },
    { route: "ANY /repos/{owner}/{repo}", where: { owner: "tenant", repo: "claim.groups" } },
    { route: "GET|POST /repos/{owner}/{repo}/issues", where: { owner: "subject" } },
  ],
  scopes: ["repo:write", "org:write"],
  frequent: ["GET /users/{user_id}", "GET /repos/{owner}/{repo}", "GET /orgs/{org}/teams"],
  routes: [...GITHUB_TAGS].flatMap(([tag, keys]) =>
    ["repos", "issues", "orgs", "users", "gists", "teams"].includes(tag) ? keys : [],
  ),
};

function githubText(): string {
  const { paths } = JSON.parse(
    readFileSync(new URL("../fixtures/github-api.json", import.meta.url), "utf8"),
  ) as { paths: Record<string, Record<string, string>> };
  let count = 0;
  const operation = (path: string, method: string, tag: string) => {
    const key = `${method} ${path}`;
    count++;
    return {
      responses: { 200: { description: "" } },
      "x-portcullis": {
        backend: "api",
        permission: permissionOf(tag, key),
        ...(count % 11 === 0 && { explicit: true }),
        ...(count % 7 === 0 && { scopes: [count % 2 === 0 ? "repo:write" : "org:write"] }),
        ...(count % 5 === 0 && /\{org\}/.test(path) && { bind: "none" }),
      },
    };
  };
  return JSON.stringify({
    openapi: "3.0.3",
    info: { title: "GitHub's", version: "1" },
    "x-portcullis": { backends: { api: "http" }, bind: { org: "tenant" } },
    paths: Object.fromEntries(
      Object.entries(paths).map(([path, methods]) => [
        path,
        Object.fromEntries(
          Object.entries(methods).map(([method, tag]) => [
            method.toLowerCase(),
            operation(path, method, tag),
          ]),
        ),
      ]),
    ),
  });
}
