/** What the package `portcullis-caller` exports. */
export * from "./headers.js";
export * from "./index.js";
