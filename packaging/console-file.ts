import { extname } from "node:path";

/** A file of the console's page. */
export interface ConsoleFile {
  /** The media type. */
  readonly type: string;
  readonly body: Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".json": "application/json",
};

/** Returns a file of the page with the media type of its name. */
export const consoleFile = (name: string, body: Uint8Array): ConsoleFile => ({
  type: TYPES[extname(name)] ?? "",
  body,
});
