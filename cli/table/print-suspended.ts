import { print, printJson } from "../shared/output.ts";

/** Prints that every token of an issuer is rejected. Returns the exit status. */
export function printSuspended(issuer: string, format: "text" | "json"): number {
  const code = "issuer_suspended";
  const message = `issuer ${issuer} is suspended, so each of its tokens gets 401 (${code}); npx portcullis issuer reinstate ends that`;
  return format === "json" ? printJson({ code, message }, 1) : print(message, 1);
}
