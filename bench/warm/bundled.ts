import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Authorizer } from "../../lambdas/authorizer/handle-request.ts";
import { authorizerBundle } from "../../packaging/authorizer-bundle.ts";
import type { Signer } from "./signer.ts";

/** Takes the event as JSON and returns the response as JSON, as Lambda's runtime passes them. */
export type Handle = (event: string) => Promise<string>;

/** All handlers that are measured, in one bundle that is built like the authorizer's. Running the sources through tsx would slow them. */
export interface Handlers {
  ourAuthorizer(signer: Signer): Authorizer;
  minimalHandlers(signer: Signer): {
    readonly floor: Handle;
    readonly peers: Readonly<Record<string, Handle>>;
  };
}

const ENTRY = fileURLToPath(new URL("../peers/warm-handlers.ts", import.meta.url));

/** Builds and loads the bundle. */
export async function bundleHandlers(): Promise<Handlers> {
  const folder = mkdtempSync(join(tmpdir(), "warm-"));
  const outfile = join(folder, "handlers.js");
  await build({ ...authorizerBundle, entryPoints: [ENTRY], outfile });
  const handlers = createRequire(import.meta.url)(outfile) as Handlers;
  rmSync(folder, { recursive: true });
  return handlers;
}
