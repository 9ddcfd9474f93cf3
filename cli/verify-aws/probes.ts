import type { Probe } from "./probe.ts";
import {
  cachePerAuthorizer,
  flush,
  resourcePathKey,
  stageVariableChange,
  stageVariables,
} from "./probes/caching.ts";
import { spoofedHeaders } from "./probes/headers.ts";
import {
  dotSegments,
  emptySegments,
  encodedLetters,
  encodedSlash,
  letterCase,
  trailingSlash,
} from "./probes/paths.ts";
import { challengeHeader, contextInErrors, dateConditions, responseSize } from "./probes/responses.ts";
import { backtracking, undeclaredVerbs } from "./probes/routes.ts";

/** All probes. Those that change the stage or its cache come last. */
export const PROBES: readonly Probe[] = [
  encodedSlash,
  trailingSlash,
  encodedLetters,
  emptySegments,
  dotSegments,
  letterCase,
  backtracking,
  undeclaredVerbs,
  responseSize,
  contextInErrors,
  challengeHeader,
  dateConditions,
  spoofedHeaders,
  cachePerAuthorizer,
  stageVariables,
  resourcePathKey,
  flush,
  stageVariableChange,
];
