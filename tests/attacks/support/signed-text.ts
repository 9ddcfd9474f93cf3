import type { Arena } from "./arena.ts";
import { encode, rs256 } from "./raw-token.ts";

/** Signs a token of main after edits to the JSON strings of its header and payload. */
export const signed = (
  { header, claims, pairs }: Arena,
  edit: { header?: (text: string) => string; payload?: (text: string) => string | Uint8Array },
): string => {
  const unchanged = (text: string): string => text;
  const head = (edit.header ?? unchanged)(JSON.stringify(header()));
  const input = `${encode(head)}.${encode((edit.payload ?? unchanged)(JSON.stringify(claims("main"))))}`;
  return `${input}.${encode(rs256(pairs.main.privateKey)(input))}`;
};

/** Adds a member before the others of a JSON object. */
export const first = (member: string) => (text: string) => `{${member},${text.slice(1)}`;
/** Adds a member after the others of a JSON object. */
export const last = (member: string) => (text: string) => `${text.slice(0, -1)},${member}}`;
