import { readFileSync } from "node:fs";

/** Returns the version of this package. Both the sources in `cli` and the bundle in `dist` are next to package.json. */
export function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
