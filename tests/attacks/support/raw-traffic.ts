import { type Selector, TENANT_HEADER } from "../../load/files.ts";
import type { Random } from "../../load/random.ts";
import { requestPath } from "../../load/traffic.ts";
import { ROUTES } from "../../load/world.ts";
import type { SentRequest } from "../../oracle/naive-http.ts";
import type { ModelRequest } from "../../oracle/naive-model.ts";
import { imitatingRequest } from "../../oracle/naive-requests.ts";
import { naiveRoute } from "../../oracle/naive-routes.ts";

/** The keys of the guarded routes, in the order of the world. */
export const ROUTE_KEYS = ROUTES.map(({ method, path }) => `${method} ${path}`);
export const PUBLIC_ROUTE = "GET /health";

/** Valid values of other callers, which a request may try to smuggle in. */
export interface Others {
  readonly token: string;
  readonly tenant: string;
  /** Values that routes are bound to. */
  readonly bound: readonly string[];
}

/** Writes a request of the model as any client would. */
export function plainRequest(request: ModelRequest, token: string, selector: Selector): SentRequest {
  const { route, selected } = request;
  return {
    line: `${route === undefined ? PUBLIC_ROUTE : `${ROUTES[route]?.method} ${requestPath(request)}`}`,
    headers: [
      `Host: ${selector === "host" ? (selected ?? "api") : "api"}${selector === "host" && selected ? ".example.com" : ""}`,
      ...(token === "" ? [] : [`Authorization: Bearer ${token}`]),
      ...(selector === "header" && selected ? [`${TENANT_HEADER}: ${selected}`] : []),
    ],
  };
}

/** Changes one part of a request. */
export type Trick = (sent: SentRequest, others: Others, random: Random) => SentRequest;

const add =
  (...headers: ((others: Others) => string)[]): Trick =>
  (sent, others) => ({ ...sent, headers: [...sent.headers, ...headers.map((header) => header(others))] });
/** Replaces a header by the lines that `change` returns. */
const replace =
  (name: string, change: (value: string, others: Others) => readonly string[]): Trick =>
  (sent, others) => ({
    ...sent,
    headers: sent.headers.flatMap((header) =>
      header.startsWith(`${name}: `) ? change(header.slice(name.length + 2), others) : header,
    ),
  });
const retarget =
  (change: (target: string, others: Others, random: Random) => string): Trick =>
  (sent, others, random) => {
    const [method = "", target = ""] = sent.line.split(" ");
    return { ...sent, line: `${method} ${change(target, others, random)}` };
  };

/** Tricks that change nothing: the response is that of the request without them. */
export const IGNORED: readonly Trick[] = [
  ...[
    "X-HTTP-Method-Override: DELETE",
    "X-Method-Override: GET",
    "X-Original-URL: /health",
    "X-User-Id: root",
  ],
  ...["X-Rewrite-URL: /reports", "X-Forwarded-Prefix: /orgs", "portcullis_a: x", "Connection: authorization"],
  ...["X-Amzn-RequestId: a b", "Accept: \xff", "X-Forwarded-For: 1.2.3.4, ::1", "X-Portcullis-Tenant: t001"],
].map((header) => add(() => header));

const SMUGGLED: readonly Trick[] = [
  add(({ token }) => `Cookie: Authorization=Bearer ${token}; token=${token}`),
  add(({ token }) => `Proxy-Authorization: Bearer ${token}`),
  add(({ token }) => `X-Authorization: Bearer ${token}`),
  add(
    ({ tenant }) => `X_Tenant: ${tenant}`,
    ({ tenant }) => `X-Tenant-Id: ${tenant}`,
  ),
  add(
    ({ tenant }) => `X-Forwarded-Host: ${tenant}.example.com`,
    ({ tenant }) => `Forwarded: host=${tenant}.x.y`,
  ),
  retarget(
    (target, { token, tenant }) => `${target}?access_token=${token}&${TENANT_HEADER}=${tenant}&_method=GET`,
  ),
  retarget((target) => `${target}?/../../health`),
  replace("Authorization", (value) => [`aUTHORIZATION:${value}  `]),
  replace("Authorization", (value) => [`Authorization: ${value.replace("Bearer ", "bEaReR   ")}`]),
  replace(TENANT_HEADER, (value) => [`${TENANT_HEADER.toUpperCase()}:\t${value} `]),
  replace("Host", (value) => [`host: ${value.toUpperCase()}:8443`]),
];
/** Tricks after which the oracle still predicts the whole response. */
export const HARMLESS: readonly Trick[] = [...IGNORED, ...SMUGGLED];

/** Tricks after which the response may be a denial; if it is none, it must be one that the oracle allows. */
export const HOSTILE: readonly Trick[] = [
  replace("Authorization", (value, { token }) => [
    `Authorization: ${value}`,
    `authorization: Bearer ${token}`,
  ]),
  replace("Authorization", (value, { token }) => [
    `Authorization: Bearer ${token}`,
    `Authorization: ${value}`,
  ]),
  replace("Authorization", (value, { token }) => [`Authorization: ${value}, Bearer ${token}`]),
  replace("Authorization", (value) => [`Authorization: ${value} ${value}`]),
  replace("Authorization", (value) => [`Authorization: ${value.replace(" ", "\t")}`]),
  replace("Authorization", (value) => [`Authorization: ${value.slice("Bearer ".length)}`]),
  replace("Authorization", (value) => [`Authorization: Bearer\r\n ${value.slice("Bearer ".length)}`]),
  replace("Authorization", (value) => [`Authorization : ${value}`]),
  replace("Authorization", (value) => [`Authorization: ${value}=`]),
  replace("Authorization", (value) => [`Authorization: ${value}\0`]),
  add(({ token }) => `Authorization: Bearer ${token}`),
  add(() => "Authorization: "),
  replace(TENANT_HEADER, (value, { tenant }) => [
    `${TENANT_HEADER}: ${value}`,
    `${TENANT_HEADER}: ${tenant}`,
  ]),
  replace(TENANT_HEADER, (value, { tenant }) => [`${TENANT_HEADER}: ${tenant}, ${value}`]),
  replace(TENANT_HEADER, (value) => [`${TENANT_HEADER}: ${value.toUpperCase()}`]),
  replace(TENANT_HEADER, (value) => [`${TENANT_HEADER}: ${encodeURIComponent(value)}%20`]),
  replace(TENANT_HEADER, () => [`${TENANT_HEADER}: `]),
  add(({ tenant }) => `${TENANT_HEADER}: ${tenant}`),
  add(({ tenant }) => `Host: ${tenant}.example.com`),
  replace("Host", (value, { tenant }) => [`Host: ${tenant}.example.com`, `Host: ${value}`]),
  replace("Host", (value, { tenant }) => [`Host: ${tenant}@${value}`]),
  replace("Host", (value, { tenant }) => [`Host: ${value}, ${tenant}.example.com`]),
  replace("Host", (value) => [`Host: .${value}`]),
  replace("Host", (value) => [`Host: ${value}.`]),
  replace("Host", () => []),
  add(
    () => "Content-Length: 5",
    () => "Transfer-Encoding: chunked",
  ),
  add(() => `X-Long: ${"x".repeat(11_000)}`),
  ...["HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "PATCH", "DELETE", "PUT", "GET", "POST", "CONNECT"].map(
    (method): Trick =>
      ({ line, headers }) => ({ line: `${method} ${line.split(" ")[1]}`, headers }),
  ),
  retarget((target) => `http://evil.example${target}`),
  retarget((target) => `http:/${target}`),
  retarget((target) => `/${target}`),
  retarget((target) => `${target}/`),
  retarget((target) => `${target}#/health`),
  retarget((target) => target.replace(/.$/, (last) => `%${last.charCodeAt(0).toString(16)}`)),
  retarget((target) => target.replaceAll("/", "\\")),
  retarget((target) => `${target}%00`),
  retarget((target) => `${target}\xff`),
  retarget((target) => `${target}/${"x".repeat(2_000)}`),
  retarget((target) => `/local${target}`),
  retarget((target) => target.toUpperCase()),
];

const NAIVE_ROUTES = ROUTE_KEYS.map(naiveRoute);

/** Replaces the route by one that imitates another, with values of the caller and of others. */
export const imitate: Trick = (sent, { bound }, random) => {
  const next = () => random.whole(1_000_000) / 1_000_000;
  const [route, other] = [random.pick(NAIVE_ROUTES), random.pick(NAIVE_ROUTES)];
  const { method, path } = imitatingRequest(route, other, bound, next);
  return { ...sent, line: `${method} ${path}` };
};
