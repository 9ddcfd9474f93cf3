/** The caller of a request, as the authorizer verified it. */
export interface RequestCaller {
  /** The token's subject. */
  readonly userId: string;
  /** The tenant's id. */
  readonly tenantId: string;
  /** The caller's roles in this tenant, sorted. */
  readonly roles: readonly string[];
  /** The tenant's plan; null when it has none. */
  readonly plan: string | null;
  /** The token's scopes. */
  readonly scopes: readonly string[];
  /** The trusted issuer's name in `policies/issuers.yaml`. */
  readonly issuer: string;
  /** The token's `jti`; null when it has none. */
  readonly tokenId: string | null;
  /** The provider's own staff member who works in a customer's tenant; null for every other caller. */
  readonly actor: string | null;
  /** Who acts for the user, such as an agent (the token's claim `act`); null if nobody does. */
  readonly delegate: CallerDelegate | null;
  /** Identifies the version of the permissions that the decision used. */
  readonly policyVersion: string;
  /** The client's `X-Correlation-Id`; null when it is absent or has another shape, and when responses are cached. */
  readonly correlationId: string | null;
  /** The claims that the issuer forwards, by their key. */
  readonly claims: Readonly<Record<string, string>>;
  /**
   * What was left out because the context would have been too large: `scopes`, keys of `claims`, `roles`. Each of them
   * throws {@link OmittedError} when it is read.
   */
  readonly omitted: readonly string[];
}

/** The party that acts for the user: a subject of an issuer. */
export interface CallerDelegate {
  /** The name of a trusted issuer in `policies/issuers.yaml`; else the issuer's URL, as the token has it. */
  readonly issuer: string;
  readonly subject: string;
}

/**
 * The part of a Lambda proxy event that `readCaller` reads. Every event type of API Gateway has it: those of
 * `@types/aws-lambda`, and those that Hono, Powertools, Fastify, serverless-express and middy pass on. The types of some
 * include events of a load balancer or a function URL; these have no caller and are rejected when they arrive.
 */
export interface EventWithAuthorizer {
  readonly requestContext: object;
}

/** The request did not come through the authorizer, or another authorizer wrote its context. Respond with 500. */
export class MissingCallerError extends Error {
  readonly code = "caller_missing";

  constructor(message: string) {
    super(message);
    this.name = "MissingCallerError";
  }
}

/** A value was left out of the request because it would have been too large. It is not empty: it is not known. */
export class OmittedError extends Error {
  readonly code = "caller_omitted";

  constructor(key: string) {
    super(
      `The caller's ${key} were left out of the request because they are too large: check omitted before you read them`,
    );
    this.name = "OmittedError";
  }
}

/**
 * Makes keys throw when they are read. They are not enumerable, so that a caller can be copied and written as JSON
 * without them.
 */
export function throwForOmitted<T extends object>(target: T, keys: readonly string[]): T {
  for (const key of keys)
    Object.defineProperty(target, key, {
      enumerable: false,
      get: () => {
        throw new OmittedError(key);
      },
    });
  return target;
}

/** Parses the names of what was left out. */
export const parseOmitted = (value: string | undefined): string[] =>
  value === undefined || value === NONE ? [] : value.split(",");

const OWN_KEYS = [
  "userId",
  "tenantId",
  "roles",
  "plan",
  "scopes",
  "issuer",
  "tokenId",
  "actor",
  "delegate",
  "omitted",
  "policyVersion",
  "correlationId",
  "group",
  "reason",
  "principalId",
  "integrationLatency",
];
/**
 * What the authorizer writes for an actor or a delegate that is not there, and API Gateway for every header on public routes. A value
 * that is `-` itself is encoded.
 */
export const NONE = "-";
/** A key that only a Cognito authorizer writes: API Gateway does not let a Lambda authorizer write it. */
const FOREIGN_KEY = "claims";
const REQUIRED = ["userId", "tenantId", "roles", "issuer", "policyVersion"] as const;

/**
 * Reads the caller from a Lambda proxy event of a REST API, or of an HTTP API with payload format 2.0.
 *
 * @throws MissingCallerError when the authorizer's context is missing, or is not one that Portcullis wrote
 * @example
 * import { readCaller } from "./index.ts";
 *
 * const authorizer = { userId: "ann", tenantId: "acme", roles: "editor,viewer", issuer: "main", policyVersion: "1f" };
 * const caller = readCaller({ requestContext: { authorizer } });
 * caller.tenantId; // => "acme"
 * caller.roles; // => ["editor","viewer"]
 * caller.plan; // => null
 */
export function readCaller(event: EventWithAuthorizer): RequestCaller {
  const context = readContext(event);
  if (Object.hasOwn(context, FOREIGN_KEY))
    throw new MissingCallerError(
      `The authorizer's context has the key ${FOREIGN_KEY}: Portcullis did not write it`,
    );
  const value = (key: string): string | undefined =>
    Object.hasOwn(context, key) ? decode(key, context[key]) : undefined;
  const required = Object.fromEntries(REQUIRED.map((key) => [key, checkPresent(key, value(key))])) as Record<
    (typeof REQUIRED)[number],
    string
  >;
  const claimKeys = Object.keys(context).filter((key) => !OWN_KEYS.includes(key));
  const omitted = parseOmitted(value("omitted"));
  const claims = Object.fromEntries(claimKeys.map((key) => [key, value(key) ?? ""]));
  const caller: RequestCaller = {
    userId: required.userId,
    tenantId: required.tenantId,
    roles: omitted.includes("roles") ? [] : parseRoles(required.roles),
    plan: value("plan") ?? null,
    scopes: value("scopes")?.split(" ") ?? [],
    issuer: required.issuer,
    tokenId: value("tokenId") ?? null,
    actor: context["actor"] === NONE ? null : (value("actor") ?? null),
    delegate: context["delegate"] === NONE ? null : parseDelegate(value("delegate")),
    policyVersion: required.policyVersion,
    correlationId: value("correlationId") ?? null,
    claims: throwForOmitted(
      claims,
      omitted.filter((key) => key !== "scopes" && key !== "roles"),
    ),
    omitted,
  };
  return throwForOmitted(
    caller,
    omitted.filter((key) => key === "scopes" || key === "roles"),
  );
}

/** Returns the context: `authorizer` itself for a REST API, `authorizer.lambda` for an HTTP API. Rejects both. */
function readContext(event: EventWithAuthorizer): Readonly<Record<string, unknown>> {
  const { authorizer } = (event?.requestContext ?? {}) as {
    readonly authorizer?: Readonly<Record<string, unknown>> | null;
  };
  if (typeof authorizer !== "object" || authorizer === null)
    throw new MissingCallerError(
      "The event has no authorizer context: the route has no authorizer, or the event is not from API Gateway",
    );
  const nested = Object.hasOwn(authorizer, "lambda") ? authorizer["lambda"] : undefined;
  if (typeof nested !== "object" || nested === null) return authorizer;
  if (REQUIRED.some((key) => Object.hasOwn(authorizer, key)))
    throw new MissingCallerError("The event has two authorizer contexts: it is not from API Gateway");
  return nested as Readonly<Record<string, unknown>>;
}

function checkPresent(key: string, value: string | undefined): string {
  if (value === undefined || value === "")
    throw new MissingCallerError(`The authorizer's context has no ${key}: Portcullis did not write it`);
  return value;
}

/** Parses a delegate: the issuer, which has no space, a space, and the subject. Returns null without one. */
export function parseDelegate(value: string | undefined): CallerDelegate | null {
  if (value === undefined) return null;
  const space = value.indexOf(" ");
  if (space < 1 || space === value.length - 1)
    throw new MissingCallerError("The delegate is not an issuer and a subject: Portcullis did not write it");
  return { issuer: value.slice(0, space), subject: value.slice(space + 1) };
}

function parseRoles(list: string): string[] {
  const names = list.split(",");
  if (names.includes("") || new Set(names).size < names.length)
    throw new MissingCallerError(
      "The authorizer's context has empty or duplicate roles: Portcullis did not write it",
    );
  return names;
}

/** Decodes a value: the authorizer percent-encodes `%` and every character that is not printable ASCII. */
function decode(key: string, value: unknown): string {
  if (typeof value !== "string")
    throw new MissingCallerError(
      `The authorizer's context has a ${key} that is not a string: Portcullis did not write it`,
    );
  const decoded = /^[ -~]*$/.test(value) ? decodePercent(value) : undefined;
  if (decoded === undefined)
    throw new MissingCallerError(
      `The authorizer's context has a ${key} that is not percent-encoded: Portcullis did not write it`,
    );
  return decoded;
}

/** Decodes a value of the authorizer; returns undefined if it is not percent-encoded. */
export function decodePercent(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
