import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { authorizerBundle } from "../../packaging/authorizer-bundle.ts";
import type { OurHandler } from "./ours.ts";
import type { Signer } from "./signer.ts";

/** Text in, text out, as the runtime hands them over. */
export type Handle = (text: string) => Promise<string>;

/** Every handler that is measured, out of one bundle made as the authorizer's is: what runs the sources as they are slows them. */
export interface Handlers {
  ourHandler(signer: Signer): OurHandler;
  minimalHandlers(signer: Signer): {
    readonly floor: Handle;
    readonly peers: Readonly<Record<string, Handle>>;
  };
}

const ENTRY = fileURLToPath(new URL("../peers/warm-handlers.ts", import.meta.url));

export async function bundledHandlers(): Promise<Handlers> {
  const folder = mkdtempSync(join(tmpdir(), "warm-"));
  const outfile = join(folder, "handlers.js");
  await build({ ...authorizerBundle, entryPoints: [ENTRY], outfile });
  const handlers = createRequire(import.meta.url)(outfile) as Handlers;
  rmSync(folder, { recursive: true });
  return handlers;
}
