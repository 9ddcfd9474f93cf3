import type { Form } from "./form.ts";

/** In seconds: how long the page's tokens are good. */
export const TOKEN_LIFE = 300;

/** Remembers the last caller's token, in this page's memory alone: the same caller's next answer may be a cached one. */
export interface KeptToken {
  /** Of this very caller, and still good for a while. */
  of(form: Form): string | undefined;
  keep(form: Form, token: string): void;
  forget(): void;
}

export function keptToken(now: () => number = Date.now): KeptToken {
  let kept: { readonly caller: string; readonly token: string; readonly until: number } | undefined;
  return {
    of: (form) => (kept?.caller === callerOf(form) && now() < kept.until ? kept.token : undefined),
    keep(form, token) {
      kept = { caller: callerOf(form), token, until: now() + (TOKEN_LIFE - 30) * 1_000 };
    },
    forget() {
      kept = undefined;
    },
  };
}

const callerOf = ({ tenant, roles, subject, scopes, issuer }: Form): string =>
  JSON.stringify([tenant, roles, subject, scopes, issuer]);
