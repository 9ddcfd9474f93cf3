import { hash } from "node:crypto";
import type { UnverifiedToken } from "../../core/bearer-token.ts";

declare const keyed: unique symbol;

/** What a token is remembered by: its SHA-256, so that no token lies in memory longer than its request. */
export type TokenKey = string & { readonly [keyed]: true };

export const tokenKey = (token: UnverifiedToken): TokenKey => hash("sha256", token, "base64") as TokenKey;
