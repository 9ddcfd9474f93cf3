import type { Form } from "./form.ts";

/** Lifetime of the page's tokens, in seconds. */
export const TOKEN_LIFETIME = 300;

/**
 * Holds the last caller's token, only in the page's memory. The same caller's next request then has the same token, so
 * API Gateway can answer it from its cache.
 */
export interface TokenCache {
  /** Returns the token if it was issued for this caller and does not expire soon. */
  get(form: Form): string | undefined;
  set(form: Form, token: string): void;
  clear(): void;
}

export function createTokenCache(now: () => number = Date.now): TokenCache {
  let cached: { readonly caller: string; readonly token: string; readonly until: number } | undefined;
  return {
    get: (form) => (cached?.caller === callerKey(form) && now() < cached.until ? cached.token : undefined),
    set(form, token) {
      cached = { caller: callerKey(form), token, until: now() + (TOKEN_LIFETIME - 30) * 1_000 };
    },
    clear() {
      cached = undefined;
    },
  };
}

const callerKey = ({ tenant, roles, subject, scopes, issuer }: Form): string =>
  JSON.stringify([tenant, roles, subject, scopes, issuer]);
