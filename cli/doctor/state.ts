import type { JWK } from "jose";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import type { RunTimeItems } from "../../core/policy-files/simulate/run-time-state.ts";
import type { Config } from "../../lambdas/authorizer/configuration.ts";
import type { IssuerConfig } from "../../runtime/jwt/issuer-config.ts";
import type { TokenExplanation } from "../explain/explain-token.ts";
import type { TableContent } from "../table/read-items.ts";
import type { ApiShape } from "./api-shape.ts";
import type { Build } from "./build.ts";
import type { Read } from "./read.ts";
import type { Target } from "./target.ts";

/** Everything that the checks examine. */
export interface State {
  readonly target: Target;
  readonly build: Build;
  readonly policies: PolicySet;
  /** The live API. */
  readonly api: Read<ApiReading>;
  /** The API that the stage serves, as of the last deployment. */
  readonly deployed: Read<ApiShape>;
  readonly stage: Read<StageReading>;
  readonly authorizer: Read<FunctionReading>;
  /** The role with which API Gateway writes logs in this account and region. */
  readonly logRole: Read<string | undefined>;
  readonly table: Read<TableReading>;
  /** The configuration that the deployed function reads from its variables. */
  readonly config: Read<Config>;
  readonly issuers: Read<readonly IssuerReading[]>;
  /** How far AWS's clock is ahead of this machine's, in seconds. */
  readonly awsClock: Read<number>;
  /** Null if no token was given. */
  readonly token: Read<TokenExplanation> | null;
  /** Null if no URL is known. */
  readonly preflights: Read<readonly PreflightReading[]> | null;
}

/** What the checks of routes and authorizers examine. */
export type ApiState = Pick<State, "target" | "build" | "policies" | "api" | "config">;

export interface ApiReading {
  readonly shape: ApiShape;
  /** The ids by the authorizers' names. */
  readonly authorizerIds: ReadonlyMap<string, string>;
  /** The OPTIONS methods by path. */
  readonly preflights: ReadonlyMap<string, Preflight>;
  /** Where API Gateway reads API keys from: `HEADER` or `AUTHORIZER`. */
  readonly keySource: string;
  /** The methods that require an API key, as `METHOD /path`. */
  readonly keyed: readonly string[];
  /** The resource policy as JSON; undefined if there is none. */
  readonly policy: string | undefined;
}

export interface Preflight {
  /** API Gateway itself responds, without a backend. */
  readonly mock: boolean;
  /** The methods that the response names; undefined if the integration does not say. */
  readonly methods: readonly string[] | undefined;
}

export interface StageReading {
  readonly variables: Readonly<Record<string, string>>;
  readonly cacheCluster: boolean;
  /** The settings by method, where `*` and `/` stand for all. */
  readonly methods: readonly MethodSettings[];
  readonly accessLog: boolean;
}

interface MethodSettings {
  readonly name: string;
  readonly caching: boolean;
  /** The execution log contains whole requests with their tokens. */
  readonly dataTrace: boolean;
}

export interface FunctionReading {
  /** The alias of the build's layout. */
  readonly alias: Read<AliasReading>;
  /** The number of the newest published version; undefined if none is published. */
  readonly newest: number | undefined;
  /** The policy of the alias; undefined if there is none. */
  readonly policy: string | undefined;
}

export interface AliasReading {
  readonly arn: string;
  readonly version: string;
  /** Versions that get a share of the alias's calls. */
  readonly otherVersions: readonly string[];
  /** SHA-256 of the function's zip in base64. */
  readonly codeSha256: string;
  readonly variables: Readonly<Record<string, string>>;
}

export interface TableReading {
  readonly content: TableContent;
  /** Run-time tenants, memberships and revocations. */
  readonly runTime: RunTimeItems;
  readonly deletionProtection: boolean;
  readonly pointInTimeRecovery: boolean;
  /** The TTL attribute; undefined if TTL is off. */
  readonly ttlAttribute: string | undefined;
}

export interface IssuerReading {
  readonly issuer: IssuerConfig;
  /** Whether it is an item of the table, or a tenant's directory. */
  readonly isInTable?: true;
  /** The keys that can verify signatures. */
  readonly keys: Read<readonly JWK[]>;
  /** The content of the discovery document; undefined without one, and for a template. */
  readonly discovery: { readonly issuer: unknown; readonly jwksUri: unknown } | undefined;
  /** How far the issuer's clock is ahead of this machine's, in seconds; undefined if it is not known. */
  readonly clock: number | undefined;
}

export interface PreflightReading {
  readonly path: string;
  readonly status: number;
  readonly methods: readonly string[];
}
