import type { JWK } from "jose";
import type { Item } from "../../core/model/items.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import type { Config } from "../../lambdas/authorizer/configuration.ts";
import type { IssuerConfig } from "../../runtime/jwt/issuer-config.ts";
import type { TokenExplanation } from "../explain/explain-token.ts";
import type { TableContent } from "../table/read-items.ts";
import type { ApiShape } from "./api-shape.ts";
import type { Build } from "./build.ts";
import type { Read } from "./read.ts";
import type { Target } from "./target.ts";

/** Everything that the checks look at. */
export interface State {
  readonly target: Target;
  readonly build: Build;
  readonly policies: PolicySet;
  /** The API as it is now. */
  readonly api: Read<ApiReading>;
  /** What the stage serves: the API as it was when it was deployed. */
  readonly deployed: Read<ApiShape>;
  readonly stage: Read<StageReading>;
  readonly authorizer: Read<FunctionReading>;
  /** The role by which API Gateway writes logs in this account and region. */
  readonly logRole: Read<string | undefined>;
  readonly table: Read<TableReading>;
  /** As the deployed function reads its variables. */
  readonly config: Read<Config>;
  readonly issuers: Read<readonly IssuerReading[]>;
  /** How far AWS's clock is ahead of this machine's, in seconds. */
  readonly awsClock: Read<number>;
  /** Null: no token was given. */
  readonly token: Read<TokenExplanation> | null;
  /** Null: there is no URL to ask. */
  readonly preflights: Read<readonly PreflightReading[]> | null;
}

export interface ApiReading {
  readonly shape: ApiShape;
  /** By the authorizer's name. */
  readonly authorizerIds: ReadonlyMap<string, string>;
  /** The OPTIONS methods by path. */
  readonly preflights: ReadonlyMap<string, Preflight>;
  /** The resource policy's text; undefined: there is none. */
  readonly policy: string | undefined;
}

export interface Preflight {
  /** API Gateway answers by itself, and calls nobody. */
  readonly mock: boolean;
  /** The methods that its answer names; undefined: it does not say. */
  readonly methods: readonly string[] | undefined;
}

export interface StageReading {
  readonly variables: Readonly<Record<string, string>>;
  readonly cacheCluster: boolean;
  /** `*` and `/` for all, else path and method. */
  readonly methods: readonly MethodSettings[];
  readonly accessLog: boolean;
}

interface MethodSettings {
  readonly name: string;
  readonly caching: boolean;
  /** Execution logs with whole requests, tokens in them. */
  readonly dataTrace: boolean;
}

export interface FunctionReading {
  /** The alias that the build's layout names. */
  readonly alias: Read<AliasReading>;
  /** The newest published version's number; undefined: none is published. */
  readonly newest: number | undefined;
  /** The policy of the alias; undefined: there is none. */
  readonly policy: string | undefined;
}

export interface AliasReading {
  readonly arn: string;
  readonly version: string;
  /** Versions that take a part of its calls. */
  readonly otherVersions: readonly string[];
  /** SHA-256 of its zip, base64. */
  readonly codeSha256: string;
  readonly variables: Readonly<Record<string, string>>;
}

export interface TableReading {
  readonly content: TableContent;
  /** Tenants, memberships and revocations of run time. */
  readonly runTime: readonly Item[];
  readonly deletionProtection: boolean;
  readonly pointInTimeRecovery: boolean;
  /** The attribute by which DynamoDB removes items; undefined: none. */
  readonly ttlAttribute: string | undefined;
}

export interface IssuerReading {
  readonly issuer: IssuerConfig;
  /** The keys that signatures could be verified with, or why there are none. */
  readonly keys: Read<readonly JWK[]>;
  /** What its discovery document says; undefined: it has none, or it is a template. */
  readonly discovery: { readonly issuer: unknown; readonly jwksUri: unknown } | undefined;
  /** How far its clock is ahead of this machine's, in seconds; undefined: it does not tell the time. */
  readonly clock: number | undefined;
}

export interface PreflightReading {
  readonly path: string;
  readonly status: number;
  readonly methods: readonly string[];
}
