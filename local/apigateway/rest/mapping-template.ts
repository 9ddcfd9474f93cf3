import { Compile, parse } from "velocityjs";
import { contextVariables } from "../shared/context-variables.ts";
import { DefinitionError } from "../shared/definition.ts";
import type { Exchange } from "../shared/exchange.ts";
import { groupHeaders, lastValues } from "../shared/headers.ts";
import { parseQueryString } from "../shared/query-string.ts";

/** The text that a template renders, and the values that it sets in `$context.responseOverride`. */
export interface RenderedTemplate {
  readonly text: string;
  readonly status: number | undefined;
  readonly headers: ReadonlyMap<string, string>;
}

/** Methods of Java's String and List that templates use and that neither JavaScript nor velocityjs offers. */
const JAVA_METHODS: Readonly<Record<string, (self: string | unknown[], argument: string) => unknown>> = {
  contains: (self, argument) => self.includes(argument),
  equals: (self, argument) => self === argument,
  equalsIgnoreCase: (self, argument) => String(self).toLowerCase() === argument.toLowerCase(),
  isEmpty: (self) => self.length === 0,
  length: (self) => self.length,
  matches: (self, argument) => new RegExp(`^(?:${argument})$`, "s").test(String(self)),
};

const customMethodHandlers = Object.entries(JAVA_METHODS).map(([name, method]) => ({
  uid: name,
  match: ({ property, context }: { property: string; context: unknown }) =>
    property === name && (typeof context === "string" || Array.isArray(context)),
  resolve: ({ context, params }: { context: string | unknown[]; params: unknown[] }) =>
    method(context, String(params[0] ?? "")),
}));

/** Checks that a template is VTL. @throws DefinitionError */
export function checkTemplate(template: string, location: string): void {
  try {
    parse(template);
  } catch {
    throw new DefinitionError(location, "a mapping template is not valid VTL");
  }
}

/**
 * Renders a VTL mapping template with `$input.params()`, `$input.params(name)`, `$input.body`, `$context` and
 * `$stageVariables`. `$util` is not emulated. A variable without a value renders as an empty string.
 */
export function renderTemplate(template: string, exchange: Exchange): RenderedTemplate {
  const responseOverride: { header: object; status?: unknown } = { header: {} };
  const variables = {
    input: { params: parameters(exchange), body: exchange.request.body?.toString("utf8") ?? "" },
    context: { ...contextVariables(exchange), responseOverride },
    stageVariables: { ...exchange.api.stage.variables },
  };
  const text = new Compile(parse(template), { customMethodHandlers }).render(variables, {}, true);
  const headers = Object.entries(responseOverride.header).map(
    ([name, value]) => [name, String(value)] as const,
  );
  const { status } = responseOverride;
  return { text, status: status === undefined ? undefined : Number(status), headers: new Map(headers) };
}

/** Builds `$input.params`: the value of a name in path, query string or header; without a name all three. */
function parameters({ request, route }: Exchange): (name?: string) => unknown {
  const all = {
    path: Object.fromEntries(route?.pathParameters ?? []),
    querystring: Object.fromEntries(lastValues(parseQueryString(request.queryString))),
    header: Object.fromEntries(lastValues(groupHeaders(request.headers))),
  };
  const byName = new Map(Object.entries({ ...all.header, ...all.querystring, ...all.path }));
  return (name) => (name === undefined ? all : (byName.get(name) ?? ""));
}
