/** The exports of the package `portcullis-caller`. */
export * from "./headers.ts";
export {
  type EventWithAuthorizer,
  MissingCallerError,
  OmittedError,
  type RequestCaller,
  readCaller,
} from "./index.ts";
