import { isObject } from "../../model/is-object.ts";
import type { Json } from "../openapi/definition-operation.ts";
import { type InitNotes, listOf } from "./notes.ts";

/** A backend of the starting folder. */
export interface InitBackend {
  readonly name: string;
  /** The server in the document, without a slash at its end; empty if the document names none. */
  readonly url: string;
  /** The path of the server's URL, which a URL of the backend needs too; empty if it has none. */
  readonly base: string;
}

const FIRST = "backend";

/** Names a backend for each server: the first one of an operation, else of its path, else of the document. */
export class BackendNames {
  readonly #root: Json;
  readonly #backends = new Map<string, InitBackend>();

  constructor(root: Json) {
    this.#root = root;
  }

  /** Returns the backend of an operation. */
  nameOf(item: Json, operation: Json): string {
    const url = serverUrl([operation, item, this.#root]);
    const found = this.#backends.get(url) ?? { name: this.#choose(url), url, base: basePath(url) };
    this.#backends.set(url, found);
    return found.name;
  }

  get list(): InitBackend[] {
    return [...this.#backends.values()];
  }

  #choose(url: string): string {
    if (url === serverUrl([this.#root])) return FIRST;
    const used = [FIRST, ...this.list.map(({ name }) => name)];
    const host = hostOf(url);
    const [label = ""] = host.split(".");
    const candidates = [label, `${label}${basePath(url)}`, `${host}${basePath(url)}`].map(slug);
    const free = candidates.find((name) => /^[a-z]/.test(name) && !used.includes(name));
    if (free !== undefined) return free;
    let count = 2;
    while (used.includes(`${FIRST}-${count}`)) count++;
    return `${FIRST}-${count}`;
  }

  /** Lists the servers: a backend's URL is not in the policy files, because each environment has its own. */
  note(notes: InitNotes): void {
    for (const { name, url, base } of this.list.filter(({ url }) => url !== ""))
      notes.add(
        "changed",
        `server ${url}`,
        `it is the backend ${name}: its URL belongs to the environment${base === "" ? "" : `, and needs ${base} at its end`}`,
      );
    for (const server of listOf(this.#root["servers"]).slice(1))
      notes.add(
        "dropped",
        `server ${isObject(server) ? String(server["url"]) : ""}`,
        "a backend has one URL in each environment, and the document's first server is the backend",
      );
  }
}

const hostOf = (url: string): string => /^[^/]*:\/\/([^/:]+)/.exec(url)?.[1] ?? "";

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
