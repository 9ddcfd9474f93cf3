import type { ApiType } from "../../../core/model/layout.ts";
import type { CacheFlag } from "../../../core/policy-files/compile/compile.ts";
import { type ConsoleServer, createConsole } from "../../../local/console/console.ts";
import type { EventStreamOptions } from "../../../local/console/event-stream.ts";
import { type Stack, startStack } from "../../../local/stack.ts";
import { type FileTexts, policiesOf } from "../../support/policy-files.ts";

export const FILES: FileTexts = {
  "api.yaml": `openapi: 3.0.3
info: { title: Small, version: "1" }
x-portcullis: { backends: { docs: lambda } }
paths:
  /health:
    get: { x-portcullis: { backend: docs, public: true } }
  /documents:
    get: { x-portcullis: { backend: docs, permission: documents.read } }
    post: { x-portcullis: { backend: docs, permission: documents.create } }
  /documents/{documentId}:
    get: { x-portcullis: { backend: docs, permission: documents.read } }
`,
  "roles/viewer.yaml": "allow: [documents.read]\n",
  "tenants/acme.yaml": "name: Acme\n",
  "tenants/initech.yaml": "status: suspended\n",
};

export const PAGE = "<!doctype html><title>Console</title>";

/** Loads a state of the files, as `npx portcullis start` does. */
export const loadState = (files: FileTexts) =>
  ({ policies: [policiesOf(files)], files: new Map(Object.entries(files)) }) as const;

export interface World {
  readonly stack: Stack;
  readonly console: ConsoleServer;
  readonly port: number;
  token(request: {
    roles: string[];
    tenants?: string[];
    subject?: string;
    scopes?: readonly string[];
    claims?: Readonly<Record<string, unknown>>;
    expiresIn?: number;
  }): Promise<string>;
}

/** Starts a stack with a console whose page is a single line. */
export async function startWorld(
  options: { cache?: CacheFlag; apiType?: ApiType; events?: EventStreamOptions } = {},
): Promise<World> {
  const console = createConsole({
    files: async () => new Map([["index.html", { type: "text/html; charset=utf-8", body: PAGE }]]),
    serialise: ({ inForce }) => Object.fromEntries(inForce.files),
    shown: { inForce: loadState(FILES) },
    about: { tokenCommand: "npx portcullis token", realIssuers: [] },
    ...(options.events && { events: options.events }),
  });
  const stack = await startStack({
    policies: [policiesOf(FILES)],
    cache: options.cache ?? "token",
    ...(options.apiType && { apiType: options.apiType }),
    ttl: 60,
    port: 0,
    console,
  });
  return {
    stack,
    console,
    port: Number(new URL(stack.origin).port),
    token: async (request) => (await stack.provider("main")?.mint({ tenants: ["acme"], ...request })) ?? "",
  };
}
