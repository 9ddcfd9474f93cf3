/** What the package `portcullis-caller` exports. */
export * from "./headers.ts";
export * from "./index.ts";
