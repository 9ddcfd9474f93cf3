import {
  DefinitionError,
  type IntegrationDefinition,
  type OperationDefinition,
} from "../shared/definition.ts";
import type { Exchange } from "../shared/exchange.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { type HeaderList, headerValue, mediaType } from "../shared/headers.ts";
import type { Mock, MockResponse } from "../shared/model.ts";
import { type HttpResponse, isSendable } from "../shared/response.ts";
import { checkTemplate, type RenderedTemplate, renderTemplate } from "./mapping-template.ts";
import { mappedValue, parseMapping } from "./parameter-mapping.ts";

/**
 * Reads a `mock` integration.
 *
 * @throws DefinitionError for a template that is not VTL, and for a status or a header that the operation's
 *   `responses` do not declare ("Invalid mapping expression specified")
 */
export function readMock(
  definition: IntegrationDefinition,
  location: string,
  declared: OperationDefinition["responses"],
): Mock {
  const requestTemplates = new Map(Object.entries(definition.requestTemplates));
  for (const template of requestTemplates.values()) checkTemplate(template, location);
  const responses = Object.entries(definition.responses).map(([pattern, response]) =>
    readResponse(pattern, response, location, declared),
  );
  return { type: "mock", requestTemplates, passthroughBehavior: definition.passthroughBehavior, responses };
}

/**
 * Responds from the definition alone: the request template gives a status, and the status selects the response.
 *
 * @throws GatewayFailure `UNSUPPORTED_MEDIA_TYPE`, or `API_CONFIGURATION_ERROR` when the templates select no response
 */
export function respondFromMock(mock: Mock, exchange: Exchange): HttpResponse {
  const status = /"?statusCode"?\s*:\s*"?(\d{3})\b/.exec(integrationRequest(mock, exchange))?.[1];
  const selected =
    mock.responses.find(({ pattern }) => status !== undefined && pattern?.test(status)) ??
    mock.responses.find(({ pattern }) => pattern === undefined);
  if (status === undefined || selected === undefined)
    throw misconfigured("the mock's templates select no response");
  const rendered = render(selected.template, exchange);
  const response = {
    status: rendered.status ?? selected.status,
    headers: responseHeaders(selected, rendered, exchange),
    body: Buffer.from(rendered.text),
  };
  if (!isSendable(response)) throw misconfigured("the mock's status or headers cannot be sent");
  return response;
}

function readResponse(
  key: string,
  definition: IntegrationDefinition["responses"][string],
  location: string,
  declared: OperationDefinition["responses"],
): MockResponse {
  const { statusCode, responseParameters, responseTemplates } = definition;
  const headers = Object.hasOwn(declared, statusCode) ? declared[statusCode]?.headers : undefined;
  if (headers === undefined)
    throw new DefinitionError(location, `the response ${statusCode} is not declared`);
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const contentType = Object.hasOwn(responseTemplates, "application/json")
    ? "application/json"
    : (Object.keys(responseTemplates)[0] ?? "application/json");
  const template = new Map(Object.entries(responseTemplates)).get(contentType) ?? "";
  checkTemplate(template, location);
  return {
    pattern: key === "default" ? undefined : readPattern(key, location),
    status: Number(statusCode),
    headers: Object.entries(responseParameters).map(([name, value]) =>
      readHeader(name, value, names, location),
    ),
    contentType,
    template,
  };
}

function readPattern(key: string, location: string): RegExp {
  try {
    return new RegExp(`^(?:${key})$`);
  } catch {
    throw new DefinitionError(location, `"${key}" is not a regular expression`);
  }
}

function readHeader(
  key: string,
  expression: string,
  declared: readonly string[],
  location: string,
): MockResponse["headers"][number] {
  const name = /^method\.response\.header\.(\S+)$/.exec(key)?.[1];
  if (name === undefined || !declared.includes(name.toLowerCase())) {
    throw new DefinitionError(location, `"${key}" is not a declared header of its response`);
  }
  return [name, parseMapping(expression, location, ["static", "context", "stageVariables"])];
}

function integrationRequest(mock: Mock, exchange: Exchange): string {
  const contentType = mediaType(headerValue(exchange.request.headers, "content-type")) || "application/json";
  const template = mock.requestTemplates.get(contentType) ?? mock.requestTemplates.get("$default");
  if (template !== undefined) return render(template, exchange).text;
  const rejected = mock.passthroughBehavior === "when_no_templates" && mock.requestTemplates.size > 0;
  if (rejected || mock.passthroughBehavior === "never") throw new GatewayFailure("UNSUPPORTED_MEDIA_TYPE");
  return exchange.request.body?.toString("utf8") ?? "";
}

function responseHeaders(selected: MockResponse, rendered: RenderedTemplate, exchange: Exchange): HeaderList {
  const headers = new Map<string, readonly [string, string]>();
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) headers.set(name.toLowerCase(), [name, value]);
  };
  set("Content-Type", selected.contentType);
  for (const [name, mapping] of selected.headers) set(name, mappedValue(mapping, exchange));
  for (const [name, value] of rendered.headers) set(name, value);
  return Array.from(headers.values());
}

function render(template: string, exchange: Exchange): RenderedTemplate {
  try {
    return renderTemplate(template, exchange);
  } catch {
    throw misconfigured("a mapping template failed");
  }
}

function misconfigured(note: string): GatewayFailure {
  return new GatewayFailure("API_CONFIGURATION_ERROR", { note });
}
