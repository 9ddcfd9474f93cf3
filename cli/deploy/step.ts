import type { Item } from "../../core/model/items.ts";
import type { LayoutOptions, PolicySets } from "../../core/policy-files/compile/build-layout.ts";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import type { ApiReading } from "../doctor/state.ts";
import type { RunProgram } from "./run-command.ts";

/** What to deploy, and the functions by which the steps reach the outside. */
export interface DeployContext {
  readonly environment: string;
  readonly policyFolder: string;
  /** The folder that `build` writes. */
  readonly buildFolder: string;
  readonly cache: CacheFlag;
  readonly layout: LayoutOptions;
  /** The flags of this command that are flags of `build` too, with their values. */
  readonly buildFlags: readonly string[];
  /** Reads the items of the deployed table that the policy files own. */
  readonly readTable: (table: string) => Promise<readonly Item[]>;
  /** The share of requests for the new version, in percent; undefined sends it all requests. */
  readonly canary: number | undefined;
  /** Sends all requests to the version of the running canary. */
  readonly promote: boolean;
  /** Accepts a large loss of access. */
  readonly acceptLoss: boolean;
  /** Permissions or routes of explicit operations that may be gained. */
  readonly accept: readonly string[];
  readonly run: RunProgram;
  readonly print: (line: string) => void;
  /** Asks the user a question; undefined without a terminal. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  readonly exists: (path: string) => boolean;
  /** Sends a request and returns the response's status, or undefined without a response. */
  readonly fetchStatus: (request: SmokeRequest) => Promise<number | undefined>;
  /** Returns whether a host name has an address. */
  readonly resolves: (host: string) => Promise<boolean>;
  /** Reads the role with which API Gateway writes logs in this account and region; undefined without one. */
  readonly readLogRole: () => Promise<string | undefined>;
  /** Returns the number of versions that an alias of a function has in addition to its own. */
  readonly countWeights: (name: string, alias: string) => Promise<number>;
  /** Reads the routes and authorizers of an HTTP API. */
  readonly readHttpApi: (apiId: string) => Promise<ApiReading>;
  readonly wait: (ms: number) => Promise<void>;
}

export interface SmokeRequest {
  readonly method: string;
  readonly url: string;
  readonly token: string | undefined;
  /** The host to connect to, if it is not the URL's own. */
  readonly connectTo: string | undefined;
}

/** The results that a step hands to the steps after it. */
export interface Facts {
  readonly policies?: PolicySets;
  /** The value of Terraform's variable `canary`. */
  readonly canary?: { readonly stable_version: string; readonly weight: number };
  /** Whether the plan changes anything. */
  readonly changes?: boolean;
  /** The number of items that `publish` will change, if it keeps the table's items. */
  readonly unpublished?: number;
  /** The deployed table, if `publish` keeps its items. */
  readonly publishTo?: string;
  /** The deployed table, if Terraform keeps its items: publish would compile the roles of run-time tenants itself. */
  readonly compileIn?: string;
  /** The URL of the deployed API. */
  readonly url?: string;
  /** The host of a custom domain's API, to which the domain's DNS record must point. */
  readonly target?: string;
  /** The deployed authorizer; absent with a canary. */
  readonly authorizer?: { readonly function: string; readonly alias: string };
  /** The id of the deployed API. */
  readonly apiId?: string;
}

/** One step of a deployment. */
export interface DeployStep {
  readonly name: string;
  /** What to do when the step fails, unless the failure says so itself. */
  readonly next: string;
  /** Returns facts for the next steps. @throws StepFailed */
  readonly run: (deployment: DeployContext, facts: Facts) => Promise<Facts> | Facts;
}

/** The failure of a step. */
export class StepFailed extends Error {
  /** What to do; undefined: what the step itself says. */
  readonly next: string | undefined;
  /** The exit status: 2 for a file that is missing or has errors. */
  readonly status: 1 | 2;

  constructor(message: string, next?: string, status: 1 | 2 = 1) {
    super(message);
    this.name = "StepFailed";
    this.next = next;
    this.status = status;
  }
}

/** Runs steps one after another until one fails. Returns the exit status. */
export async function runSteps(steps: readonly DeployStep[], deployment: DeployContext): Promise<number> {
  let facts: Facts = {};
  for (const step of steps) {
    deployment.print(`— ${step.name}`);
    try {
      facts = { ...facts, ...(await step.run(deployment, facts)) };
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      deployment.print(`Stopped at "${step.name}": ${error.message}`);
      deployment.print(`What to do: ${error.next ?? step.next}`);
      return error.status;
    }
  }
  return 0;
}
