import { readFileSync } from "node:fs";
import { type CachingMode, type Layout, type LayoutData, readLayout } from "../../core/layout.ts";
import { ConfigurationError } from "./environment.ts";

/** What the build writes beside the bundle: a layout for each caching mode that the API allows. */
export interface LayoutFile {
  readonly layouts: Readonly<Partial<Record<CachingMode, LayoutData>>>;
}

/**
 * Reads the layout of a caching mode.
 *
 * @throws ConfigurationError where the file cannot be read or has none for the mode
 */
export function readLayoutFile(path: string, mode: CachingMode): Layout {
  const { layouts } = parse(path);
  const data = layouts?.[mode];
  if (data === undefined || data.mode !== mode)
    throw new ConfigurationError([
      `CACHING_MODE is ${mode}, for which this bundle's layout.json has no layout: build again`,
    ]);
  return readLayout(data);
}

function parse(path: string): Partial<LayoutFile> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Partial<LayoutFile>;
  } catch {
    throw new ConfigurationError(["layout.json cannot be read beside the bundle: build again"]);
  }
}
