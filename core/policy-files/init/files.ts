import { Document, isMap, isPair, isScalar, isSeq, visit } from "yaml";
import {
  METHODS,
  type Method,
  makeRoute,
  parameterNames,
  parseTemplate,
  type Route,
  type Segment,
  selectRoute,
} from "../../model/route.ts";
import { schemaComment, schemaFor } from "../model/json-schemas.ts";
import { ANY_METHOD } from "../model/operation.ts";
import { BINARY_KEY } from "../openapi/binary-media-types.ts";
import type { InitBackend } from "./backends.ts";
import { type InitOperation, isGrantable } from "./operations.ts";

const TENANT = "example";
const PLAN = "standard";

/** The parts of `api.yaml` next to its operations. */
interface ApiParts {
  readonly binaryMediaTypes: readonly string[];
  readonly schemes: Readonly<Record<string, object>>;
  readonly backends: readonly InitBackend[];
}

/** Returns the content of each file of a starting folder, by path below the folder. */
export function startingFiles(
  info: { readonly title: string; readonly version: string },
  operations: readonly InitOperation[],
  parts: ApiParts,
): Map<string, string> {
  const grantable = operations.filter(isGrantable);
  const permissions = [...new Set(grantable.map(({ permission }) => permission))].sort();
  const [reads, writes] = [".read", ".write"].map((end) => permissions.filter((one) => one.endsWith(end)));
  const tests = testsFile(operations);
  const files: Record<string, unknown> = {
    "api.yaml": apiFile(info, operations, parts),
    "plans.yaml": {
      [PLAN]: { description: "Everything", ceiling: grantable.length === 0 ? [] : ["ANY /**"] },
    },
    "issuers.yaml": { main: { preset: "generic", tenants: "*" } },
    ...roleFiles(reads ?? [], writes ?? []),
    [`tenants/${TENANT}.yaml`]: { name: "Example Inc.", plan: PLAN },
    ...(tests.length > 0 && { "tests/access.yaml": tests }),
  };
  return new Map(Object.entries(files).map(([path, content]) => [path, printFile(path, content)]));
}

function apiFile(
  info: object,
  operations: readonly InitOperation[],
  { binaryMediaTypes, schemes, backends }: ApiParts,
): object {
  const paths = new Map<string, Record<string, unknown>>();
  for (const operation of operations) {
    const { path, key, operationId, summary, parameters, responses } = operation;
    const security = securityOf(operation);
    const item = paths.get(path) ?? declareParameters(path);
    item[key] = {
      ...(operationId !== undefined && { operationId }),
      ...(summary !== undefined && { summary }),
      ...(parameters.length > 0 && { parameters }),
      responses,
      ...(security.length > 0 && { security }),
      "x-portcullis": {
        backend: operation.backend,
        ...(![undefined, path].includes(operation.backendPath) && { path: operation.backendPath }),
        ...settingsOf(operation),
      },
    };
    paths.set(path, item);
  }
  return {
    openapi: "3.0.3",
    info,
    "x-portcullis": { backends: Object.fromEntries(backends.map(({ name, kind }) => [name, kind])) },
    ...(binaryMediaTypes.length > 0 && { [BINARY_KEY]: binaryMediaTypes }),
    paths: Object.fromEntries(paths),
    ...(Object.keys(schemes).length > 0 && { components: { securitySchemes: schemes } }),
  };
}

function settingsOf({ access, permission }: InitOperation): object {
  switch (access.kind) {
    case "guarded":
      return { permission, ...(access.scopes.length > 0 && { scopes: access.scopes }) };
    case "undecided":
      return { permission, undecided: access.why };
    case "external":
      return { auth: "external" };
    case "public":
      return { public: true };
  }
}

/** Returns the document's own schemes that stay: another authorizer, and API keys. */
function securityOf({ access }: InitOperation): object[] {
  const names = [
    ...(access.kind === "external" ? [access.scheme] : []),
    ...("apiKeys" in access ? access.apiKeys : []),
  ];
  return names.map((name) => ({ [name]: [] }));
}

/** Returns a path item that declares the parameters of its path, which OpenAPI requires. */
function declareParameters(path: string): Record<string, unknown> {
  const schema = { type: "string" };
  const parameters = parameterNames(parseTemplate(path)).map((name) => ({
    name,
    in: "path",
    required: true,
    schema,
  }));
  return parameters.length === 0 ? {} : { parameters };
}

function roleFiles(reads: readonly string[], writes: readonly string[]): Record<string, unknown> {
  const reader = { description: "Reads everything, changes nothing", allow: reads };
  const writer = {
    description: reads.length === 0 ? "Does everything" : "Reads and changes everything",
    ...(reads.length > 0 && { extends: ["reader"] }),
    allow: writes,
  };
  return {
    ...(reads.length > 0 && { "roles/reader.yaml": reader }),
    ...(writes.length > 0 && { "roles/writer.yaml": writer }),
  };
}

function testsFile(operations: readonly InitOperation[]): object[] {
  const declared = declaredMethods(operations);
  const scopes = [
    ...new Set(operations.flatMap(({ access }) => (access.kind === "guarded" ? access.scopes : []))),
  ].sort();
  const granted = operations.flatMap((operation) =>
    methodsOf(operation, declared).map((method) => ({
      permission: isGrantable(operation) ? operation.permission : "",
      route: makeRoute(method, operation.path),
    })),
  );
  const routes = granted.map(({ route }) => route);
  const requests = (end: string): string[] =>
    granted
      .filter(({ permission }) => permission.endsWith(end))
      .flatMap(({ route }) => exampleRequest(route, routes) ?? []);
  const [reads, writes] = [requests(".read"), requests(".write")];
  const as = (...roles: string[]) => ({
    tenant: TENANT,
    roles,
    ...(scopes.length > 0 && roles.length > 0 && { scopes }),
  });
  const list = (kind: "can" | "cannot", all: readonly string[]) => (all.length === 0 ? {} : { [kind]: all });
  const entries = [
    ...(reads.length === 0
      ? []
      : [
          {
            description: "A reader reads, but changes nothing",
            as: as("reader"),
            ...list("can", reads),
            ...list("cannot", writes),
          },
        ]),
    ...(writes.length === 0
      ? []
      : [{ description: "A writer reads and changes", as: as("writer"), can: [...reads, ...writes] }]),
    {
      description: "A caller without a role can do nothing",
      as: as(),
      cannot: [...reads, ...writes].slice(0, 1),
    },
  ];
  return entries.filter((entry) => "can" in entry || (entry.cannot ?? []).length > 0);
}

/** Returns an operation's methods; an any-method has those that its path does not declare, except OPTIONS. */
function methodsOf({ key, path }: InitOperation, declared: ReadonlySet<string>): Method[] {
  if (key !== ANY_METHOD) return [key.toUpperCase() as Method];
  return METHODS.filter((method) => method !== "OPTIONS" && !declared.has(`${method} ${path}`));
}

const declaredMethods = (operations: readonly InitOperation[]): ReadonlySet<string> =>
  new Set(operations.map(({ key, path }) => `${key.toUpperCase()} ${path}`));

/**
 * Returns a request that matches a route; undefined if other routes match first for all tried parameter values.
 */
function exampleRequest(route: Route, routes: readonly Route[]): string | undefined {
  const paths = ["1", "x", "any-value"].map(
    (value) => `/${route.segments.map((segment) => fillSegment(segment, value)).join("/")}`,
  );
  const path = paths.find((one) => selectRoute(routes, route.method, one) === route);
  return path === undefined ? undefined : `${route.method} ${path}`;
}

function fillSegment(segment: Segment, value: string): string {
  if (segment.kind === "literal") return segment.text;
  return segment.kind === "greedy" ? `${value}/b` : value;
}

function printFile(path: string, content: unknown): string {
  const schema = schemaFor(path);
  const document = new Document(content, { aliasDuplicateObjects: false });
  writeShortOnOneLine(document);
  const comment = schema === undefined ? "" : `${schemaComment(path, schema)}\n`;
  return `${comment}${document.toString({ lineWidth: 0, flowCollectionPadding: true })}`;
}

/** Writes short parts on one line: `x-portcullis`, `as`, `responses`, each parameter, `ceiling` and `extends`. */
function writeShortOnOneLine(document: Document): void {
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key)) return;
      if (["x-portcullis", "as", "responses"].includes(String(key.value)) && isMap(value)) value.flow = true;
      if (key.value === "parameters" && isSeq(value))
        for (const item of value.items) if (isMap(item)) item.flow = true;
    },
    Seq(_, seq, ancestors) {
      const parent = ancestors.at(-1);
      const key = isPair(parent) && isScalar(parent.key) ? parent.key.value : undefined;
      if (key === "ceiling" || key === "extends") seq.flow = true;
    },
  });
}
