import type { Form } from "./form.ts";
import { type KeptToken, TOKEN_LIFE } from "./kept-token.ts";
import type { TryItRequest } from "./request.ts";

/** What came of a request. */
export type Tried =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly body: string;
      /** As the gateway's log names it. */
      readonly requestId: string | undefined;
    }
  /** The identity provider made no token, and why. */
  | { readonly kind: "no-token"; readonly why: string }
  /** Nothing listens. */
  | { readonly kind: "no-stack" };

/** Gets a token where one is wanted, and sends the request. The token is in no state that is shown or stored. */
export async function tryRequest(form: Form, request: TryItRequest, kept: KeptToken): Promise<Tried> {
  try {
    const token = form.withToken ? (kept.of(form) ?? (await mint(form, kept))) : undefined;
    if (typeof token === "object") return token;
    const tried = await send(request, token);
    // A stack that was started anew has other keys.
    if (tried.kind === "answered" && tried.status === 401) kept.forget();
    return tried;
  } catch (error) {
    // Only a request that was not answered at all ends in a TypeError.
    if (error instanceof TypeError) return { kind: "no-stack" };
    throw error;
  }
}

async function mint(form: Form, kept: KeptToken): Promise<string | Tried> {
  const { tenant, roles, subject, scopes, issuer } = form;
  const response = await fetch(`issuers/${encodeURIComponent(issuer)}/token`, {
    method: "POST",
    body: JSON.stringify({ tenants: [tenant], roles, subject, scopes, expiresIn: TOKEN_LIFE }),
  });
  const answer = parse(await response.text());
  const token = answer?.["access_token"];
  if (typeof token !== "string")
    return { kind: "no-token", why: String(answer?.["error"] ?? `It answered ${response.status}`) };
  kept.keep(form, token);
  return token;
}

async function send(
  { method, path, headers, body }: TryItRequest,
  token: string | undefined,
): Promise<Tried> {
  const response = await fetch(new URL(path, location.origin), {
    method,
    headers: { ...headers, ...(token !== undefined && { Authorization: `Bearer ${token}` }) },
    ...(body !== undefined && { body }),
    cache: "no-store",
    credentials: "omit",
  });
  const requestId = response.headers.get("x-amz-apigw-id") ?? response.headers.get("apigw-requestid");
  return {
    kind: "answered",
    status: response.status,
    body: await response.text(),
    requestId: requestId ?? undefined,
  };
}

/** The members of a JSON object; undefined for whatever else. */
export function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
