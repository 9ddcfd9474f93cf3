import type { Probe } from "./probe.ts";
import { answerSize, contextInErrors, dateConditions } from "./probes/answers.ts";
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
import { backtracking, undeclaredVerbs } from "./probes/routes.ts";

/** All open questions; those that change the stage or its cache last. */
export const PROBES: readonly Probe[] = [
  encodedSlash,
  trailingSlash,
  encodedLetters,
  emptySegments,
  dotSegments,
  letterCase,
  backtracking,
  undeclaredVerbs,
  answerSize,
  contextInErrors,
  dateConditions,
  spoofedHeaders,
  cachePerAuthorizer,
  stageVariables,
  resourcePathKey,
  flush,
  stageVariableChange,
];
