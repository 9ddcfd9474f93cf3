import { isObject } from "../../model/is-object.ts";
import type { Json } from "../openapi/definition-operation.ts";
import { guards, isApiKeyScheme, isOurScheme, RESERVED_SCHEME } from "../openapi/external-auth.ts";
import { resolveRef } from "../openapi/resolve-ref.ts";
import { type InitNotes, listOf } from "./notes.ts";

/** Who may call an operation, by its security in the team's document. */
export type InitAccess =
  | { readonly kind: "guarded"; readonly scopes: readonly string[]; readonly apiKeys: readonly string[] }
  | { readonly kind: "public"; readonly apiKeys: readonly string[] }
  | { readonly kind: "external"; readonly scheme: string; readonly apiKeys: readonly string[] }
  /** The document does not say it clearly. `check` fails until the team decides. */
  | { readonly kind: "undecided"; readonly why: string };

/** IAM that an operation names by `x-amazon-apigateway-auth`, without a scheme of the document. */
const IAM_SCHEME: Json = {
  type: "apiKey",
  name: "Authorization",
  in: "header",
  "x-amazon-apigateway-authtype": "awsSigv4",
};
const OPERATION_AUTH = "x-amazon-apigateway-auth";

/** Reads the security of each operation of one document. */
export class AccessReader {
  readonly #root: Json;
  readonly #notes: InitNotes;
  readonly #schemes: Record<string, Json>;
  readonly #usesSecurity: boolean;

  constructor(root: Json, operations: readonly Json[], notes: InitNotes) {
    this.#root = root;
    this.#notes = notes;
    this.#schemes = readSchemes(root);
    this.#usesSecurity = [root, ...operations].some(
      (one) => one["security"] !== undefined || one[OPERATION_AUTH] !== undefined,
    );
  }

  /** Returns the schemes that `api.yaml` needs for operations with this access. */
  schemesOf(all: readonly InitAccess[]): Record<string, Json> {
    const names = all.flatMap((access) => [
      ...("apiKeys" in access ? access.apiKeys : []),
      ...(access.kind === "external" ? [access.scheme] : []),
    ]);
    return Object.fromEntries([...new Set(names)].sort().map((name) => [name, this.#schemes[name] ?? {}]));
  }

  /** Returns an operation's access: from its own security, else the root's. `where` is its name in notes. */
  read(operation: Json, where: string): InitAccess {
    const access = this.#classify(operation, where);
    this.#note(access, where);
    return access;
  }

  #classify(operation: Json, where: string): InitAccess {
    const auth = operation[OPERATION_AUTH];
    if (isObject(auth)) return this.#byOperationAuth(String(auth["type"]).toUpperCase());
    const security = operation["security"] ?? this.#root["security"];
    if (security === undefined || security === null)
      return this.#usesSecurity
        ? undecided("the document has security, but none for this operation")
        : { kind: "guarded", scopes: [], apiKeys: [] };
    if (!Array.isArray(security)) return undecided("its security is not a list");
    if (security.length === 0) return { kind: "public", apiKeys: [] };
    return this.#byRequirements(security, where);
  }

  #byOperationAuth(type: string): InitAccess {
    if (type === "NONE") return undecided(`${OPERATION_AUTH} is NONE`);
    if (type !== "AWS_IAM") return undecided(`${OPERATION_AUTH} is ${type}`);
    const [name = "sigv4"] = Object.keys(this.#schemes).filter((one) => this.#isIam(one));
    this.#schemes[name] ??= IAM_SCHEME;
    return { kind: "external", scheme: name, apiKeys: [] };
  }

  #isIam(name: string): boolean {
    const scheme = this.#schemes[name] ?? {};
    return guards(scheme) && scheme["x-amazon-apigateway-authtype"] === "awsSigv4";
  }

  #byRequirements(security: readonly unknown[], where: string): InitAccess {
    const alternatives = security.filter(isObject);
    const names = [...new Set(alternatives.flatMap((one) => Object.keys(one)))];
    if (alternatives.length !== security.length)
      return undecided("its security has an entry that is no mapping");
    const missing = names.find((name) => this.#schemes[name] === undefined);
    if (missing !== undefined) return undecided(`there is no security scheme "${missing}"`);
    if (alternatives.some((one) => Object.keys(one).length === 0))
      return undecided("a token is optional in the document ({} in its security)");
    const apiKeys = names.filter((name) => isApiKeyScheme(this.#schemes[name]));
    const others = names.filter((name) => !apiKeys.includes(name) && !isOurScheme(name));
    const authorizers = others.filter((name) => this.#isAuthorizer(name));
    if (apiKeys.length > 1) return undecided(`it has several API keys: ${apiKeys.join(", ")}`);
    if (authorizers.length > 0) return this.#external(others, authorizers, apiKeys);
    const scopes = this.#scopesOf(alternatives, others, where);
    const wrong = scopes.find((scope) => !SCOPE.test(scope));
    if (wrong !== undefined) return undecided(`no token can have its scope ${JSON.stringify(wrong)}`);
    return { kind: "guarded", scopes, apiKeys };
  }

  #isAuthorizer(name: string): boolean {
    const scheme = this.#schemes[name] ?? {};
    const isJwt =
      scheme["type"] === "oauth2" || scheme["type"] === "openIdConnect" || scheme["type"] === "http";
    return (
      !isJwt &&
      (scheme["x-amazon-apigateway-authtype"] !== undefined ||
        scheme["x-amazon-apigateway-authorizer"] !== undefined)
    );
  }

  #external(
    others: readonly string[],
    authorizers: readonly string[],
    apiKeys: readonly string[],
  ): InitAccess {
    const [scheme = ""] = authorizers;
    if (others.length > 1)
      return undecided(`a method has one authorizer, but its security has ${others.join(", ")}`);
    if (scheme === RESERVED_SCHEME)
      return undecided(`the name of its scheme ${scheme} is reserved: rename it`);
    if (!guards(this.#schemes[scheme] ?? {}))
      return undecided(`its scheme ${scheme} has no complete x-amazon-apigateway-authorizer`);
    return { kind: "external", scheme, apiKeys };
  }

  /**
   * Returns the scopes of the first alternative: a caller with them could call the operation before, so the choice
   * opens nothing.
   */
  #scopesOf(alternatives: readonly Json[], tokens: readonly string[], where: string): string[] {
    const sets = alternatives
      .filter((one) => Object.keys(one).some((name) => tokens.includes(name)))
      .map((one) => [...new Set(tokens.flatMap((name) => listOf(one[name]).map(String)))].sort());
    const [first = [], ...more] = sets;
    if (more.some((set) => set.join(" ") !== first.join(" ")))
      this.#notes.count(
        "look at",
        "alternative scopes",
        "x-portcullis has scopes that are all needed, so it has those of the first alternative",
        where,
      );
    for (const name of tokens)
      this.#notes.count(
        "changed",
        `security scheme ${name}`,
        "Portcullis' authorizer verifies the token in its place; scopes are in scopes of x-portcullis",
        where,
      );
    return first;
  }

  #note(access: InitAccess, where: string): void {
    if (access.kind === "undecided")
      this.#notes.count(
        "look at",
        `undecided: ${access.why}`,
        "check fails until you remove undecided and write a permission, public: true or auth: external",
        where,
      );
    if (access.kind === "public")
      this.#notes.count(
        "look at",
        "public: true",
        "the document says security: [], so no token is needed",
        where,
      );
    if (access.kind === "guarded" || access.kind === "external")
      for (const name of access.apiKeys)
        this.#notes.count(
          "look at",
          `API key ${name}`,
          "API Gateway requires it next to the authorizer, from a usage plan of yours: remove security where your backend checks it",
          where,
        );
    if (access.kind === "external")
      this.#notes.count(
        "look at",
        `auth: external, by ${access.scheme}`,
        "that authorizer stays: for Portcullis, remove auth and security, and write a permission",
        where,
      );
  }
}

/** The characters of a scope (RFC 6749, 3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

const undecided = (why: string): InitAccess => ({ kind: "undecided", why });

function readSchemes(root: Json): Record<string, Json> {
  const components = root["components"];
  const schemes =
    isObject(components) && isObject(components["securitySchemes"]) ? components["securitySchemes"] : {};
  const resolved = Object.entries(schemes).map(([name, scheme]) => [name, resolveRef(root, scheme)] as const);
  return Object.fromEntries(resolved.filter((entry): entry is readonly [string, Json] => isObject(entry[1])));
}
