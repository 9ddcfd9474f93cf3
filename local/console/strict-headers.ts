import type { ServerResponse } from "node:http";

/** Allows only the page's own scripts, styles and data. No other page may frame, open or read it. */
const STRICT: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

/** Sets the headers of every response below `/_portcullis`, errors included. */
export function setStrictHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(STRICT)) response.setHeader(name, value);
}
