import type { Binding } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import type { TenantSelector } from "../../model/layout.ts";
import type { Route } from "../../model/route.ts";
import type { Position } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";

export type BackendKind = "lambda" | "http";

/** One method of one path; an any-method stands here once for each method that it takes. */
export interface Operation {
  readonly route: Route;
  readonly backend: string;
  readonly permission: string | undefined;
  /** Wildcards do not reach it: a grant must name it. */
  readonly explicit: boolean;
  /** No authorizer. */
  readonly public: boolean;
  /** Left to another authorizer: its security scheme's name in the document; undefined: it is not. */
  readonly external: string | undefined;
  /** The issuer whose tokens API Gateway's own authorizer verifies, in an HTTP API; undefined: ours, or none. */
  readonly jwt?: string | undefined;
  /** What the root's `bind` demands of every caller. */
  readonly bind: Binding;
  /** Opts out of a `bind` of the root that would concern it. */
  readonly unbound: boolean;
  /** It has an error, so what it says is not known whole; no policies are made of it. */
  readonly broken: boolean;
  /** Its place in the document: `["paths", path, key]`. */
  readonly pointer: Path;
  readonly at: Position;
}

/** What an API's operations are asked for; {@link Api} has more. */
interface Operations {
  /** In the document's order. */
  readonly operations: readonly Operation[];
}

/** Whether one of our authorizers guards it: it is neither public nor left to another, API Gateway's own included. */
export const isGuarded = (operation: Pick<Operation, "public" | "external" | "jwt">): boolean =>
  !operation.public && operation.external === undefined && operation.jwt === undefined;

/** Operations that wildcards do not reach. */
export const explicitRoutes = ({ operations }: Operations): ReadonlySet<RouteKey> =>
  new Set(operations.filter(({ explicit }) => explicit).map(({ route }) => route.key));

/** The routes that an authorizer guards, in the order of the API. */
export const guardedRoutes = ({ operations }: Operations): Route[] =>
  operations.filter(isGuarded).map((operation) => operation.route);

/** `policies/api.yaml`: the one source of the routes. */
export interface Api {
  readonly document: Readonly<Record<string, unknown>>;
  readonly source: Source;
  readonly backends: ReadonlyMap<string, BackendKind>;
  readonly tenantSelector: TenantSelector;
  /** In the document's order. */
  readonly operations: readonly Operation[];
}

export const ANY_METHOD = "x-amazon-apigateway-any-method";
