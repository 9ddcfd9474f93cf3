import {
  DEFAULT_LAYOUT_OPTIONS,
  ENCODED_PATHS,
  type LayoutOptions,
} from "../../core/policy-files/compile/build-layout.ts";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import { EXAMPLE_BASE } from "../../core/policy-files/simulate/simulator.ts";
import { type Flags, UsageError, wholeNumber } from "./flags.ts";
import { progress } from "./progress.ts";

const CACHE_VALUES: readonly CacheFlag[] = ["auto", "token", "route", "off"];

/** The flags that decide how routes are divided among authorizers. */
export const LAYOUT_FLAGS = {
  cache: {
    type: "string",
    default: "auto",
    values: CACHE_VALUES,
    about: "The caching mode; auto is token if it can be proven exact, otherwise route.",
    example: "route",
  },
  "max-groups": {
    type: "string",
    default: String(DEFAULT_LAYOUT_OPTIONS.maxGroups),
    value: "N",
    about: "The largest number of authorizer groups, which is the API's quota of authorizers.",
    example: "20",
  },
  "encoded-paths": {
    type: "string",
    default: DEFAULT_LAYOUT_OPTIONS.encodedPaths,
    values: ENCODED_PATHS,
    about: "Whether API Gateway evaluates encoded paths as they were sent; verify-aws establishes it.",
    example: "as_sent",
  },
  "method-arn-base": {
    type: "string",
    value: "ARN",
    otherwise: "the longest ARN that is possible",
    about: "The API's own ARN up to its stage; only its length matters for the groups.",
    example: EXAMPLE_BASE,
  },
} as const satisfies Flags;

export interface LayoutFlags {
  readonly "max-groups": string;
  readonly "encoded-paths": LayoutOptions["encodedPaths"];
  /** The API's own ARN up to its stage. Only the length of the ARN matters. */
  readonly "method-arn-base"?: string | undefined;
}

export function layoutOptions(values: LayoutFlags): LayoutOptions {
  const base = values["method-arn-base"];
  return withProgress({
    maxGroups: wholeNumber("max-groups", values["max-groups"], 1, 500),
    encodedPaths: values["encoded-paths"],
    baseLength: base === undefined ? DEFAULT_LAYOUT_OPTIONS.baseLength : methodArnBase(base).length,
  });
}

/** Shows the progress of the grouping of thousands of routes. */
export const withProgress = (options: LayoutOptions): LayoutOptions => ({
  ...options,
  progress: { onCompared: progress("paths compared"), onTried: progress("groupings tried") },
});

/** Returns the text if it is an ARN up to the stage. @throws UsageError */
export function methodArnBase(text: string): string {
  if (!/^arn:[a-z-]+:execute-api:[a-z0-9-]+:\d{12}:[A-Za-z0-9]+\/[A-Za-z0-9_$-]+$/.test(text))
    throw new UsageError(
      `--method-arn-base: expected an ARN up to the stage such as ${EXAMPLE_BASE}, found "${text}"`,
    );
  return text;
}
