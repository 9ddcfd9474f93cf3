import type { TenantSelector } from "../../core/model/layout.ts";
import type { Segment } from "../../core/model/route.ts";
import type { Form } from "./form.ts";

/** A request to the gateway, but for its token. */
export interface TryItRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const BODIES: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

export const takesBody = ({ operation }: Form): boolean => BODIES.has(operation?.route.method ?? "");

/** The request that the form asks for, or what keeps it from being one. */
export function requestOf(form: Form, body: string, selector: TenantSelector): TryItRequest | string {
  const { operation, values, tenant, query } = form;
  if (operation === undefined) return "The API has no such route: choose another";
  const { method, segments } = operation.route;
  const problem = segments.map((segment) => problemOf(segment, values)).find((text) => text !== undefined);
  if (problem !== undefined) return problem;
  const path = `/${segments.map((segment) => segmentText(segment, values)).join("/")}`;
  const sent = takesBody(form) && body !== "";
  return {
    method,
    path: asSent(query === "" ? path : `${path}?${query.replaceAll("#", "%23")}`),
    headers: {
      ...(selector !== null && "header" in selector && { [selector.header]: tenant }),
      ...(sent && { "Content-Type": "application/json" }),
    },
    body: sent ? body : undefined,
  };
}

/** As a browser encodes it. */
function asSent(path: string): string {
  const { pathname, search } = new URL(path, "http://localhost");
  return pathname + search;
}

const partsOf = (segment: Segment, values: Form["values"]): readonly string[] => {
  if (segment.kind === "literal") return [segment.text];
  const value = values[segment.name] ?? "";
  return segment.kind === "greedy" ? value.split("/") : [value];
};

function problemOf(segment: Segment, values: Form["values"]): string | undefined {
  if (segment.kind === "literal") return undefined;
  const parts = partsOf(segment, values);
  if (parts.join("") === "") return `${segment.name} is empty: a request needs a value for it`;
  if (parts.includes(".") || parts.includes(".."))
    return `${segment.name}: a browser takes . and .. out of a path`;
  return undefined;
}

const segmentText = (segment: Segment, values: Form["values"]): string =>
  segment.kind === "literal" ? segment.text : partsOf(segment, values).map(encodeURIComponent).join("/");
