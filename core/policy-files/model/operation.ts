import type { Binding } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import type { TenantSelector } from "../../model/layout.ts";
import type { Route } from "../../model/route.ts";
import type { Position } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";

export type BackendKind = "lambda" | "http";

/** One method of one path; an any-method is one operation for each method that it covers. */
export interface Operation {
  readonly route: Route;
  readonly backend: string;
  /** The path that is called on an HTTP backend, if it is another than the route's. */
  readonly backendPath?: string | undefined;
  readonly permission: string | undefined;
  /** Wildcards do not reach it: a grant must name it. */
  readonly explicit: boolean;
  /** No authorizer. */
  readonly public: boolean;
  /** The security scheme of another authorizer that guards the operation (`auth: external`); undefined: none. */
  readonly external: string | undefined;
  /**
   * The issuer whose tokens API Gateway's own JWT authorizer verifies, in an HTTP API; undefined: it does not
   * guard the operation.
   */
  readonly jwt?: string | undefined;
  /** The security schemes of API keys, which API Gateway requires next to an authorizer, or without one. */
  readonly apiKeys: readonly string[];
  /** The bindings from the root's `bind`. */
  readonly bind: Binding;
  /** Opts out of the root's `bind`, which names one of its parameters. */
  readonly unbound: boolean;
  /** It has an error, so its settings are incomplete; the folder is not compiled. */
  readonly broken: boolean;
  /** Its path in the document: `["paths", path, key]`. */
  readonly pointer: Path;
  readonly at: Position;
  /** The issuers that the metadata document names; only its own route, which is in no file, has them. */
  readonly advertised?: readonly AdvertisedIssuer[];
  /** The route at which a caller reads what it may do, which is in no file. */
  readonly access?: true;
}

/** An issuer that clients find by the API's metadata document. */
export interface AdvertisedIssuer {
  readonly name: string;
  /** Empty if Terraform has the URL. */
  readonly urls: readonly string[];
}

/** The part of {@link Api} that the functions below read. */
interface Operations {
  /** In the document's order. */
  readonly operations: readonly Operation[];
}

/**
 * Returns whether a Portcullis authorizer guards the operation: it is neither public nor left to another
 * authorizer.
 */
export const isGuarded = (operation: Pick<Operation, "public" | "external" | "jwt">): boolean =>
  !operation.public && operation.external === undefined && operation.jwt === undefined;

/** Returns whether the team's document has the operation: all but the metadata document's and the access route. */
export const inDocument = ({ advertised, access }: Pick<Operation, "advertised" | "access">): boolean =>
  advertised === undefined && access === undefined;

/** Returns whether each deployment has the operation: all but the metadata document's, which needs a domain. */
export const isAlwaysDeployed = ({ advertised }: Pick<Operation, "advertised">): boolean =>
  advertised === undefined;

/** Returns an open operation that Portcullis adds itself. */
export const addedOperation = (route: Route, at: Position): Operation => ({
  route,
  backend: "",
  permission: undefined,
  explicit: false,
  public: true,
  external: undefined,
  apiKeys: [],
  bind: {},
  unbound: false,
  broken: false,
  pointer: ["paths", route.path, route.method.toLowerCase()],
  at,
});

/** Returns the routes that wildcards do not reach. */
export const explicitRoutes = ({ operations }: Operations): ReadonlySet<RouteKey> =>
  new Set(operations.filter(({ explicit }) => explicit).map(({ route }) => route.key));

/** Returns the routes that a Portcullis authorizer guards, in the API's order. */
export const guardedRoutes = ({ operations }: Operations): Route[] =>
  operations.filter(isGuarded).map((operation) => operation.route);

/** `policies/api.yaml`, the only source of the routes. */
export interface Api {
  readonly document: Readonly<Record<string, unknown>>;
  readonly source: Source;
  readonly backends: ReadonlyMap<string, BackendKind>;
  readonly tenantSelector: TenantSelector;
  /** In the document's order. */
  readonly operations: readonly Operation[];
}

export const ANY_METHOD = "x-amazon-apigateway-any-method";
