import { isObject } from "../../model/is-object.ts";
import type { BackendKind } from "../model/operation.ts";
import type { Json } from "../openapi/definition-operation.ts";
import { INTEGRATION_KEY } from "../openapi/integrations.ts";
import type { InitTarget } from "./integrations.ts";
import { type InitNotes, listOf } from "./notes.ts";
import { greedyless } from "./paths.ts";
import { UniqueNames } from "./unique-names.ts";

/** A backend of the starting folder. */
export interface InitBackend {
  readonly name: string;
  readonly kind: BackendKind;
  /** The server in the document, or the function, without a slash at its end; empty if the document names none. */
  readonly url: string;
  /** The path of the server's URL, which a URL of the backend needs too; empty if it has none. */
  readonly base: string;
}

/** An operation, with what its own integration calls. */
interface Called {
  readonly item: Json;
  readonly operation: Json;
  readonly backendPath: string;
  readonly target: InitTarget | undefined;
}

/** The backend of an operation, and the path that is called on it. */
interface Calls {
  readonly backend: string;
  /** Undefined for a function, which is called without a path. */
  readonly backendPath: string | undefined;
}

const FIRST = "backend";

/**
 * Names a backend for each function and host that integrations call. An operation without an integration has a backend for
 * its server: the first one of the operation, else of its path, else of the document.
 */
export class BackendNames {
  readonly #server: string;
  readonly #servers: readonly unknown[];
  readonly #bases: ReadonlyMap<string, string>;
  readonly #isExported: boolean;
  readonly #names = new UniqueNames("-", [FIRST]);
  readonly #backends = new Map<string, InitBackend>();

  constructor(root: Json, all: readonly Called[]) {
    // With integrations, the servers of a document are those of the API itself, not of its backends.
    const isExported = all.some(({ operation }) => operation[INTEGRATION_KEY] !== undefined);
    this.#servers = isExported ? [] : listOf(root["servers"]);
    this.#server = isExported ? "" : serverUrl([root]);
    this.#isExported = isExported;
    this.#bases = basePaths(all);
  }

  /** Returns the backend of an operation, and the path on it. */
  callsOf({ item, operation, backendPath, target }: Called): Calls {
    if (target === undefined) return { backend: this.#serverOf(item, operation), backendPath };
    if (target.kind === "lambda")
      return {
        backend: this.#named(target.uri, "lambda", "", [target.name, `${target.name}-function`]),
        backendPath: undefined,
      };
    const base = this.#bases.get(target.origin) ?? "";
    const path = target.path.slice(base.length);
    const url = `${target.origin}${base}`;
    return {
      backend: this.#named(url, "http", base, namesOf(url)),
      backendPath: path === greedyless(backendPath) ? backendPath : path,
    };
  }

  #serverOf(item: Json, operation: Json): string {
    const own = this.#isExported ? "" : serverUrl([operation, item]);
    const url = own || this.#server;
    return this.#named(url, "http", basePath(url), url === this.#server ? [FIRST] : namesOf(url));
  }

  #named(url: string, kind: BackendKind, base: string, names: readonly string[]): string {
    const found = this.#backends.get(url) ?? { name: this.#choose(names), kind, url, base };
    this.#backends.set(url, found);
    return found.name;
  }

  get list(): InitBackend[] {
    return [...this.#backends.values()];
  }

  /** Returns the first name that no other backend has. The default backend has its own. */
  #choose(names: readonly string[]): string {
    if (names.includes(FIRST)) return FIRST;
    const [first = FIRST, ...others] = names.map(slug).filter((name) => /^[a-z]/.test(name));
    return this.#names.take([first, ...others]);
  }

  /** Lists the servers: a backend's URL is not in the policy files, because each environment has its own. */
  note(notes: InitNotes): void {
    for (const { name, kind, url, base } of this.list.filter(({ url }) => url !== ""))
      notes.add(
        "changed",
        `${kind === "lambda" ? "function" : "server"} ${url}`,
        kind === "lambda"
          ? `it is the backend ${name}: its ARN belongs to the environment`
          : `it is the backend ${name}: its URL belongs to the environment${base === "" ? "" : `, and needs ${base} at its end`}`,
      );
    for (const server of this.#servers.slice(1))
      notes.add(
        "dropped",
        `server ${isObject(server) ? String(server["url"]) : ""}`,
        "a backend has one URL in each environment, and the document's first server is the backend",
      );
  }
}

/**
 * Returns the path before the operations' own on each host that integrations call: the most frequent one, unless an
 * operation is called on a path that does not begin with it.
 */
function basePaths(all: readonly Called[]): ReadonlyMap<string, string> {
  const byOrigin = new Map<string, { readonly path: string; readonly own: string }[]>();
  for (const { target, backendPath } of all) {
    if (target?.kind !== "http") continue;
    const called = byOrigin.get(target.origin) ?? [];
    called.push({ path: target.path, own: greedyless(backendPath) });
    byOrigin.set(target.origin, called);
  }
  return new Map([...byOrigin].map(([origin, called]) => [origin, commonBase(called)]));
}

function commonBase(called: readonly { readonly path: string; readonly own: string }[]): string {
  const base = mostFrequent(
    called
      .filter(({ path, own }) => path.endsWith(own))
      .map(({ path, own }) => path.slice(0, path.length - own.length)),
  );
  return base !== undefined && called.every(({ path }) => path.startsWith(`${base}/`)) ? base : "";
}

function mostFrequent(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0];
}

/** Returns names for a server: the first label of its host, that with its path, and the host with its path. */
function namesOf(url: string): string[] {
  const host = hostOf(url);
  const [label = ""] = host.split(".");
  return [label, `${label}${basePath(url)}`, `${host}${basePath(url)}`];
}

const hostOf = (url: string): string =>
  /^(?:[^/]*:\/\/)?(\$\{[^}]*\}|[^/:]+)/.exec(url)?.[1]?.replace(/^\$\{(?:stageVariables\.)?(.*)\}$/, "$1") ??
  "";

const basePath = (url: string): string => /^(?:[^/]*:\/\/[^/]+)?(\/.*)$/.exec(url)?.[1] ?? "";

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

/** Returns the URL of the first server of the first holder that names any. */
function serverUrl(holders: readonly Json[]): string {
  const servers = holders.map(({ servers }) => listOf(servers)).find((list) => list.length > 0) ?? [];
  return printUrl(servers[0]);
}

/** Returns a server's URL with the defaults of its variables, and without a slash at its end. */
function printUrl(server: unknown): string {
  if (!isObject(server)) return "";
  const variables = isObject(server["variables"]) ? server["variables"] : {};
  return String(server["url"] ?? "")
    .replaceAll(/\{([^{}]*)\}/g, (written, name: string) => {
      const variable = variables[name];
      return isObject(variable) && variable["default"] !== undefined ? String(variable["default"]) : written;
    })
    .replace(/\/+$/, "");
}
