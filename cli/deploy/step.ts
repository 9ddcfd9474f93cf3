import type { Item } from "../../core/model/items.ts";
import type { LayoutOptions, PolicySets } from "../../core/policy-files/compile/build-layout.ts";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import type { RunProgram } from "./run-command.ts";

/** What is to be deployed, and by which means: everything outside is a parameter. */
export interface DeployContext {
  readonly environment: string;
  readonly policyFolder: string;
  readonly cache: CacheFlag;
  readonly layout: LayoutOptions;
  /** The command's flags that the build has too, as they were given. */
  readonly buildFlags: readonly string[];
  /** The items of the deployed table that the policy files own. */
  readonly readTable: (table: string) => Promise<readonly Item[]>;
  /** The new version's part of the requests, in percent; undefined: it gets all. */
  readonly canary: number | undefined;
  /** Gives a canary that runs all of the requests. */
  readonly promote: boolean;
  /** Accepts that much access is lost. */
  readonly acceptLoss: boolean;
  /** Permissions or routes of explicit operations of which a gain is accepted. */
  readonly accept: readonly string[];
  readonly run: RunProgram;
  readonly say: (line: string) => void;
  /** Asks the person at the terminal; undefined where there is none. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  readonly exists: (path: string) => boolean;
  /** The status that a request is answered with, or undefined where nothing answers. */
  readonly statusOf: (request: SmokeRequest) => Promise<number | undefined>;
  readonly wait: (ms: number) => Promise<void>;
}

export interface SmokeRequest {
  readonly method: string;
  readonly url: string;
  readonly token: string | undefined;
}

/** What steps found out for those after them. */
export interface Facts {
  readonly policies?: PolicySets;
  /** Terraform's variable of this name. */
  readonly canary?: { readonly stable_version: string; readonly weight: number };
  /** Whether the plan changes anything. */
  readonly changes?: boolean;
  /** Where the deployed API is. */
  readonly url?: string;
}

/** One step of a deployment. */
export interface DeployStep {
  readonly name: string;
  /** What to do when it fails and does not say so itself. */
  readonly next: string;
  /** Adds to what is known. @throws StepFailed */
  readonly run: (deployment: DeployContext, facts: Facts) => Promise<Facts> | Facts;
}

/** A step that did not succeed: what is wrong and, where it differs from the step's own, what to do. */
export class StepFailed extends Error {
  readonly next: string | undefined;

  constructor(message: string, next?: string) {
    super(message);
    this.name = "StepFailed";
    this.next = next;
  }
}

/** Runs steps one after the other; the first that fails ends it. Returns the exit status. */
export async function runSteps(steps: readonly DeployStep[], deployment: DeployContext): Promise<number> {
  let facts: Facts = {};
  for (const step of steps) {
    deployment.say(`— ${step.name}`);
    try {
      facts = { ...facts, ...(await step.run(deployment, facts)) };
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      deployment.say(`Stopped at "${step.name}": ${error.message}`);
      deployment.say(`What to do: ${error.next ?? step.next}`);
      return 1;
    }
  }
  return 0;
}
