import {
  decodePercent,
  MissingCallerError,
  NONE,
  parseDelegate,
  parseOmitted,
  type RequestCaller,
  throwForOmitted,
} from "./index.ts";

/** What the headers of a request to an HTTP backend say about the caller. */
export type HeaderCaller = Pick<
  RequestCaller,
  "userId" | "tenantId" | "roles" | "issuer" | "actor" | "delegate" | "omitted"
>;

/**
 * The headers of a request: `request.headersDistinct` or `request.headers` of Node, Express and Fastify's `raw`, the
 * `Headers` of fetch, or pairs of name and value. Names may have any case.
 */
export type RequestHeaders =
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Reads the caller from the request headers `X-Tenant-Id`, `X-User-Id`, `X-Roles`, `X-Issuer`, `X-Actor`,
 * `X-Delegate` and `X-Omitted`.
 *
 * Use it only if nothing but API Gateway can reach the backend, because every client that can reach it can write these
 * headers.
 *
 * Rejects a header that is missing, empty, sent twice or not percent-encoded, and one for which a spelling with `_`
 * has another value. Rejects `-`, which API Gateway sends on public routes. In `headersDistinct` a value may contain
 * commas. In the other forms a comma is rejected, because it may join two headers.
 *
 * @throws MissingCallerError respond with 500
 * @example
 * import { readCallerFromHeaders } from "./headers.ts";
 *
 * const headersDistinct = {
 *   "x-tenant-id": ["acme"],
 *   "x-user-id": ["ann"],
 *   "x-roles": ["editor,viewer"],
 *   "x-issuer": ["main"],
 *   "x-actor": ["-"],
 *   "x-delegate": ["-"],
 *   "x-omitted": ["-"],
 * };
 * const caller = readCallerFromHeaders(headersDistinct);
 * caller.tenantId; // => "acme"
 * caller.roles; // => ["editor","viewer"]
 */
export function readCallerFromHeaders(headers: RequestHeaders): HeaderCaller {
  const values = groupByName(headers);
  const omitted = readOmitted(values);
  const withoutRoles = omitted.includes("roles");
  const caller: HeaderCaller = {
    tenantId: readUnjoined("X-Tenant-Id", values),
    userId: readUnjoined("X-User-Id", values),
    roles: withoutRoles ? [] : parseRoles(readOnly("X-Roles", values).value),
    issuer: readUnjoined("X-Issuer", values),
    actor: readSent("X-Actor", values).value === NONE ? null : readUnjoined("X-Actor", values),
    delegate:
      readSent("X-Delegate", values).value === NONE
        ? null
        : parseDelegate(readUnjoined("X-Delegate", values)),
    omitted,
  };
  return withoutRoles ? throwForOmitted(caller, ["roles"]) : caller;
}

/** A header's value; `distinct` means that it cannot be several values that were joined. */
interface HeaderValue {
  readonly value: string;
  readonly distinct: boolean;
}

interface NamedValue extends HeaderValue {
  readonly name: string;
}

type ValuesByName = ReadonlyMap<string, readonly NamedValue[]>;

/**
 * Groups all values by name, in lower case and with `-` for `_`: CGI, WSGI, Rack and PHP do not distinguish these
 * spellings.
 */
function groupByName(headers: RequestHeaders): ValuesByName {
  const byName = new Map<string, NamedValue[]>();
  for (const [name, values] of listPairs(headers))
    for (const value of [values].flat()) {
      const lower = name.toLowerCase();
      const folded = lower.replaceAll("_", "-");
      const named = { name: lower, value, distinct: typeof values !== "string" };
      byName.set(folded, [...(byName.get(folded) ?? []), named]);
    }
  return byName;
}

function listPairs(headers: RequestHeaders): (readonly [string, string | readonly string[]])[] {
  if (isIterable(headers)) return [...headers];
  return Object.entries(headers).flatMap(([name, values]) =>
    values === undefined ? [] : [[name, values] as const],
  );
}

const isIterable = (headers: RequestHeaders): headers is Iterable<readonly [string, string]> =>
  Symbol.iterator in headers;

/** Returns the decoded value of a header that was sent exactly once, on a route that has a caller. */
function readOnly(name: string, byName: ValuesByName): HeaderValue {
  const sent = readSent(name, byName);
  if (sent.value === NONE)
    throw callerMissing(`The request has "-" as ${name}: its route is public and has no caller`);
  return { ...sent, value: decode(name, sent.value) };
}

/** Returns the value of a header that was sent exactly once, as it was sent. */
function readSent(name: string, byName: ValuesByName): HeaderValue {
  const lower = name.toLowerCase();
  const values = byName.get(lower) ?? [];
  const [own, ...more] = values.filter((value) => value.name === lower);
  if (own === undefined)
    throw callerMissing(`The request has no ${name}: it did not come through API Gateway`);
  if (more.length > 0)
    throw callerMissing(`The request has ${name} twice: it did not come through API Gateway`);
  if (values.some(({ value }) => value !== own.value))
    throw callerMissing(
      `The request has another ${name}, spelled with "_": it did not come through API Gateway`,
    );
  return own;
}

function readUnjoined(name: string, byName: ValuesByName): string {
  const { value, distinct } = readOnly(name, byName);
  if (!distinct && value.includes(","))
    throw callerMissing(
      `The request has ${name} with a comma, which may join two headers: pass request.headersDistinct, which keeps them apart`,
    );
  return value;
}

function readOmitted(values: ValuesByName): string[] {
  const { value } = readSent("X-Omitted", values);
  const omitted = parseOmitted(decode("X-Omitted", value));
  if (!omitted.every((key) => /^[A-Za-z][A-Za-z0-9_]*$/.test(key)))
    throw callerMissing("The request has an X-Omitted that is no list of keys: Portcullis did not write it");
  return omitted;
}

function parseRoles(list: string): string[] {
  const names = list.split(",");
  if (names.some((name) => !/^[A-Za-z0-9._-]+$/.test(name)) || new Set(names).size < names.length)
    throw callerMissing(
      "The request has X-Roles with invalid or duplicate role names: Portcullis did not write it",
    );
  return names;
}

function decode(name: string, value: string): string {
  const decoded = /^[ -~]+$/.test(value) ? decodePercent(value) : undefined;
  if (decoded === undefined)
    throw callerMissing(
      `The request has an ${name} that is not percent-encoded: Portcullis did not write it`,
    );
  return decoded;
}

const callerMissing = (message: string): MissingCallerError => new MissingCallerError(message);
