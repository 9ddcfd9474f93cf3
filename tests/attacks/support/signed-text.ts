import type { Arena } from "./arena.ts";
import { encode, rs256 } from "./raw-token.ts";

/** A token whose header and payload are texts, signed by main. */
export const signed = (
  { header, claims, pairs }: Arena,
  edit: { header?: (text: string) => string; payload?: (text: string) => string | Uint8Array },
): string => {
  const keep = (text: string): string => text;
  const head = (edit.header ?? keep)(JSON.stringify(header()));
  const input = `${encode(head)}.${encode((edit.payload ?? keep)(JSON.stringify(claims("main"))))}`;
  return `${input}.${encode(rs256(pairs.main.privateKey)(input))}`;
};

/** Puts a member before the others of an object's text. */
export const first = (member: string) => (text: string) => `{${member},${text.slice(1)}`;
/** Puts a member after the others of an object's text. */
export const last = (member: string) => (text: string) => `${text.slice(0, -1)},${member}}`;
