import type { ApiType } from "../../core/model/layout.ts";
import { type Flags, oneOf, UsageError } from "./flags.ts";

/** The flags that choose the type of the API and of its authorizers. */
export const API_TYPE_FLAGS = {
  "api-type": {
    type: "string",
    default: "rest",
    values: ["rest", "http"],
    about: "The type of the API: a REST API or an HTTP API.",
  },
  "authorizer-type": {
    type: "string",
    values: ["request", "token"],
    otherwise: "request",
    about: "The type of a REST API's authorizers.",
  },
  "http-response": {
    type: "string",
    values: ["simple", "iam"],
    otherwise: "simple",
    about: "The form of the response of an HTTP API's authorizer.",
  },
} as const satisfies Flags;

export interface ApiTypeFlags {
  readonly "api-type": string;
  /** For a REST API; `request` by default. */
  readonly "authorizer-type"?: string | undefined;
  /** For an HTTP API; `simple` by default. */
  readonly "http-response"?: string | undefined;
}

/** Reads the API type. @throws UsageError that names a flag with a wrong value, or one of the other API type */
export function apiTypeFlag(values: ApiTypeFlags): ApiType {
  const type = oneOf("api-type", values["api-type"], ["rest", "http"]);
  const authorizer = values["authorizer-type"];
  const response = values["http-response"];
  if (type === "rest") {
    if (response !== undefined) throw new UsageError("--http-response: only with --api-type http");
    const chosen = oneOf("authorizer-type", authorizer ?? "request", ["request", "token"]);
    return chosen === "token" ? "rest-token" : "rest";
  }
  if (authorizer !== undefined && authorizer !== "request")
    throw new UsageError(
      `--authorizer-type: an HTTP API has authorizers of type request only, found "${authorizer}"`,
    );
  return oneOf("http-response", response ?? "simple", ["simple", "iam"]) === "iam"
    ? "http-iam"
    : "http-simple";
}
