import { type RequestCaller } from "./index.ts";
/** What an HTTP backend is told of who is calling. */
export type HeaderCaller = Pick<RequestCaller, "userId" | "tenantId" | "roles">;
/**
 * A request's headers: `request.headersDistinct` or `request.headers` of Node, Express and Fastify's `raw`, the
 * `Headers` of fetch, or pairs of name and value. Names may have any case.
 */
export type RequestHeaders = Iterable<readonly [name: string, value: string]> | Readonly<Record<string, string | readonly string[] | undefined>>;
/**
 * Reads the caller from the headers `X-Tenant-Id`, `X-User-Id` and `X-Roles` of a request.
 *
 * Safe only where nothing but API Gateway can reach the backend: whoever else can, can write these headers.
 *
 * Refused are headers that are missing, empty, sent twice or not encoded as Portcullis encodes them; one with `_`
 * for `-` that says something else; and `-`, by which API Gateway says that the route is public. In
 * `headersDistinct` a value may have commas; elsewhere they are what joins headers that were sent twice.
 *
 * @throws MissingCallerError answer it with 500, never with data
 */
export declare function readCallerFromHeaders(headers: RequestHeaders): HeaderCaller;
