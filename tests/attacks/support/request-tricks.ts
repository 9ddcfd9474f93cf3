/** A request that imitates another one, and the result for a caller with the role `reader`. */
export type Trick = readonly [line: string, result: string];

const NO_ROUTE = "403 MISSING_AUTHENTICATION_TOKEN";
const NOT_GRANTED = "403 ACCESS_DENIED route_not_granted";
/** The gateway rejects a target with several readings. */
const NO_PATH = "400 DEFAULT_4XX";
/** The HTTP parser rejects the request before the gateway gets it. */
const NO_HTTP = "400";
const CLOSED = "0";
const DOCUMENT = "200 GET /documents/{documentId}";
const FILE = "200 GET /files/{proxy+}";

const all = (result: string, lines: readonly string[]): Trick[] => lines.map((line) => [line, result]);

const SLASHES: readonly Trick[] = [
  ...all(NO_ROUTE, [
    "GET /documents%2Fsearch",
    "GET /documents%2fsearch",
    "GET /documents%252Fsearch",
    "GET /documents%5Csearch",
    "GET /documents\\search",
    "GET ///admin",
    "GET /admin//",
    "GET //documents/../admin",
    "GET /documents//search",
    "GET /documents//42",
    "GET /documents/42//comments",
    "GET /documents/search//",
    "GET /files//secret",
  ]),
  ...all(NOT_GRANTED, ["GET //admin", "GET /admin/", "GET /documents/search/", "GET /files/secret/"]),
  ["GET /documents/", "200 GET /documents"],
  // One segment is one document, also with encoded slashes, so the document's route is decided.
  ...all(DOCUMENT, ["GET /documents/42%2Fcomments", "GET /documents/..%2Fadmin", "GET /documents/%2525"]),
  ...all(FILE, ["GET /files/..%2f..%2fadmin", "GET /files/secret%2F"]),
];

const DOTS: readonly Trick[] = [
  ...all(NO_ROUTE, [
    "GET /./admin",
    "GET /documents/./search",
    "GET /documents/../admin",
    "GET /documents/42/../../admin",
    "GET /documents/%2e%2e/admin",
    "GET /documents/42/%2e%2e/%2E%2E/admin",
  ]),
  ...all(DOCUMENT, ["GET /documents/..", "GET /documents/.", "GET /documents/%2e%2e"]),
  ...all(FILE, [
    "GET /files/../admin",
    "GET /files/%2e%2e/admin",
    "GET /files/./secret",
    "GET /files/x/../secret",
  ]),
];

const SPELLINGS: readonly Trick[] = [
  ...all(NO_ROUTE, [
    "GET /Admin",
    "GET /ADMIN",
    "GET /DOCUMENTS/42",
    "GET /adm%69n",
    "GET /%61dmin",
    "GET /document%73",
    "GET /documents/searc%68",
    "GET /documents/42/comment%73",
    "GET /files/%73ecret",
    "GET /%EF%BC%A1dmin",
    "GET /admin;x=y",
    "GET /documents;/../admin",
    "GET /documents;x=y",
    "GET /documents;x=y/search",
    "GET /documents/x:GET/admin",
    "GET /documents/arn:aws:execute-api:us-east-1:000000000000:portcullis/local/GET/admin",
    "GET /documents/GET/documents",
    "GET /GET/documents",
    "GET /local/documents",
    "GET /local/GET/documents",
    "PATCH /users/x:PATCH/users/ann",
    "PATCH /users/?nn",
  ]),
  ...all(NOT_GRANTED, [
    "GET /documents/42%3F/comments",
    "PATCH /users/ann:bob",
    "PATCH /users/bob:ann",
    "PATCH /users/bob%2F..%2Fann",
    "PATCH /users/ann%2F..%2Fbob",
    "PATCH /users/ann/",
    "PATCH /users/%61nn",
    "PATCH /users/ANN",
    "PATCH /users/ann%00",
    "PATCH /users/ann%20",
    "PATCH /users/ann;x",
    "PATCH /users/*",
    "PATCH /users/%2A",
    "PATCH /users/%3Fnn",
    "PATCH /users/${aws:username}",
    "PATCH /users/%24%7Baws:username%7D",
  ]),
  ...all(DOCUMENT, [
    "GET /documents/a:b",
    "GET /documents/Search",
    "GET /documents/search;x=y",
    "GET /documents/42;role=admin",
    "GET /documents/*",
    "GET /documents/%2A",
    "GET /documents/${aws:username}",
    "GET /documents/%EF%BC%8F",
    "GET /documents/42?/comments",
    "GET /documents/42?_method=DELETE",
  ]),
  ["GET /documents?/../admin", "200 GET /documents"],
];

const VERBS: readonly Trick[] = [
  ...all(NOT_GRANTED, ["DELETE /documents/42", "POST /documents", "POST /documents?_method=GET"]),
  ...all(NO_ROUTE, [
    "PUT /documents/42",
    "PATCH /documents",
    "PATCH /admin",
    "DELETE /files/secret",
    "TRACE /documents",
    "TRACE /admin",
    "PROPFIND /documents",
    "LINK /documents/42",
    "M-SEARCH /documents",
  ]),
  // The response to a HEAD request has no body, so it has no code.
  ...all("403", ["HEAD /documents", "HEAD /admin"]),
  ...all("204", ["OPTIONS /documents", "OPTIONS /admin"]),
  ...all(NO_HTTP, ["get /documents", "Get /admin", "G%45T /documents", "FOO /documents"]),
  ...all(CLOSED, ["CONNECT 127.0.0.1:80", "CONNECT /admin"]),
  // A verb that a resource does not have falls through to the greedy resource next to it, which is decided.
  ["PUT /files/secret", "200 PUT /files/{proxy+}"],
];

const TARGETS: readonly Trick[] = [
  ...all(NOT_GRANTED, ["GET http://evil.example/admin", "GET http:///admin"]),
  ...all(NO_ROUTE, [
    "GET http://evil.example",
    "GET https://x/documents/../admin",
    "GET /documents%23/admin",
  ]),
  ...all(NO_PATH, ["GET ftp://x/admin", "GET *", "OPTIONS *", "GET /documents#/admin", "GET /admin#"]),
  ...all(NO_HTTP, ["GET documents", "GET http:/admin", "GET ?/admin", "GET @evil/admin"]),
  ["GET http://evil.example/documents", "200 GET /documents"],
];

const BYTES: readonly Trick[] = [
  ...all(NO_HTTP, [
    "GET /documents/\0",
    "GET /documents/\x01",
    "GET /documents/\x7f",
    "GET /documents/\t",
    "GET /documents/a b",
    "GET /documents/\xff",
  ]),
  ...all(NO_PATH, [
    "GET /documents/%C0%AE%C0%AE/admin",
    "GET /documents%C0%AFsearch",
    "GET /documents/%E0%80%AF",
    "GET /documents/%ED%A0%80",
    "GET /documents/%ff",
    "GET /documents/%u002e",
    "GET /documents/%",
    "GET /documents/%4",
  ]),
  ...all(NO_ROUTE, ["GET /documents%00/search", "GET /admin%00"]),
  ...all(DOCUMENT, ["GET /documents/%00", "GET /documents/%0d%0aX:%20y", "GET /documents/%E2%84%AA"]),
  ["GET /files/secret%00", FILE],
];

export const TRICKS: readonly Trick[] = [...SLASHES, ...DOTS, ...SPELLINGS, ...VERBS, ...TARGETS, ...BYTES];
