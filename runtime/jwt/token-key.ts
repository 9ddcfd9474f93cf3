import { hash } from "node:crypto";
import type { Authorization, UnverifiedToken } from "../../core/decision/bearer-token.ts";

declare const keyed: unique symbol;

/** What a token is remembered by: a SHA-256, so that no token lies in memory longer than its request. */
export type TokenKey = string & { readonly [keyed]: true };

export const tokenKey = (sent: Authorization | UnverifiedToken): TokenKey =>
  hash("sha256", sent, "base64") as TokenKey;
