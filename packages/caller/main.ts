/** The exports of the package `portcullis-caller`. */
export * from "./headers.ts";
export * from "./index.ts";
