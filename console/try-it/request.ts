import type { TenantSelector } from "../../core/model/layout.ts";
import type { Segment } from "../../core/model/route.ts";
import { buildPath, type PathValues, valueSegments } from "../request-path.ts";
import type { Form } from "./form.ts";

/** A request to the gateway, without its token. */
export interface TryItRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const BODIES: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

export const takesBody = ({ operation }: Form): boolean => BODIES.has(operation?.route.method ?? "");

/** Builds the form's request, or returns a message if the form is not complete. */
export function buildRequest(form: Form, body: string, selector: TenantSelector): TryItRequest | string {
  const { operation, values, tenant, query } = form;
  if (operation === undefined) return "The API does not have this route: choose another one";
  const { route } = operation;
  const problem = route.segments
    .map((segment) => findProblem(segment, values))
    .find((text) => text !== undefined);
  if (problem !== undefined) return problem;
  const path = buildPath(route, values);
  const hasBody = takesBody(form) && body !== "";
  return {
    method: route.method,
    path: encodePath(query === "" ? path : `${path}?${query.replaceAll("#", "%23")}`),
    headers: {
      ...(selector !== null && "header" in selector && { [selector.header]: tenant }),
      ...(hasBody && { "Content-Type": "application/json" }),
    },
    body: hasBody ? body : undefined,
  };
}

/** Encodes a path as a browser does. */
function encodePath(path: string): string {
  const { pathname, search } = new URL(path, "http://localhost");
  return pathname + search;
}

function findProblem(segment: Segment, values: PathValues): string | undefined {
  if (segment.kind === "literal") return undefined;
  const parts = valueSegments(segment, values);
  if (parts.join("") === "") return `${segment.name} is empty: enter a value`;
  if (parts.includes(".") || parts.includes(".."))
    return `${segment.name} cannot be . or .., because browsers remove these from a path`;
  return undefined;
}
