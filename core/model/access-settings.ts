import { isObject } from "./is-object.ts";

/** What the function needs to answer at the access route. The build writes it into `layout.json`. */
export interface AccessSettings {
  /** The path template of the route. It has at most one parameter, which names the tenant. */
  readonly path: string;
  /** The permission of each guarded route that has one, by `METHOD /path`. */
  readonly permissions: Readonly<Record<string, string>>;
  /** The error bodies of a REST API's gateway responses, without what is known later; null for an HTTP API. */
  readonly errors: Readonly<Record<ErrorStatus, ErrorText>> | null;
}

/** The statuses that the access route has besides 200 and 304. */
export type ErrorStatus = 401 | 403 | 500;

/** Code and message of an error body. */
export interface ErrorText {
  readonly code: string;
  readonly message: string;
}

/** Returns whether a value of `layout.json` has the form that a build writes. */
export const isAccessSettings = (value: unknown): value is AccessSettings =>
  isObject(value) &&
  typeof value["path"] === "string" &&
  isObject(value["permissions"]) &&
  (value["errors"] === null || isObject(value["errors"]));
