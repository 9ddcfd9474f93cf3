import type { Form } from "./form.ts";
import type { TryItRequest } from "./request.ts";
import { TOKEN_LIFETIME, type TokenCache } from "./token-cache.ts";

/** The result of sending a request. */
export type SendResult =
  | {
      readonly kind: "response";
      readonly status: number;
      readonly body: string;
      /** The request id in the gateway's log. */
      readonly requestId: string | undefined;
    }
  /** The identity provider issued no token; `why` is its error. */
  | { readonly kind: "no-token"; readonly why: string }
  /** Nothing listens at the page's origin. */
  | { readonly kind: "no-stack" };

/** Gets a token, if the form wants one, and sends the request. The token is never part of the page or its storage. */
export async function sendWithToken(
  form: Form,
  request: TryItRequest,
  tokens: TokenCache,
): Promise<SendResult> {
  try {
    const token = form.withToken ? (tokens.get(form) ?? (await issueToken(form, tokens))) : undefined;
    if (typeof token === "object") return token;
    const result = await send(request, token);
    // A restarted stack has other keys.
    if (result.kind === "response" && result.status === 401) tokens.clear();
    return result;
  } catch (error) {
    // `fetch` throws a TypeError only if there is no response at all.
    if (error instanceof TypeError) return { kind: "no-stack" };
    throw error;
  }
}

async function issueToken(form: Form, tokens: TokenCache): Promise<string | SendResult> {
  const { tenant, roles, subject, scopes, issuer } = form;
  const response = await fetch(`issuers/${encodeURIComponent(issuer)}/token`, {
    method: "POST",
    body: JSON.stringify({ tenants: [tenant], roles, subject, scopes, expiresIn: TOKEN_LIFETIME }),
  });
  const json = parseObject(await response.text());
  const token = json?.["access_token"];
  if (typeof token !== "string")
    return { kind: "no-token", why: String(json?.["error"] ?? `It returned status ${response.status}`) };
  tokens.set(form, token);
  return token;
}

async function send(
  { method, path, headers, body }: TryItRequest,
  token: string | undefined,
): Promise<SendResult> {
  const response = await fetch(new URL(path, location.origin), {
    method,
    headers: { ...headers, ...(token !== undefined && { Authorization: `Bearer ${token}` }) },
    ...(body !== undefined && { body }),
    cache: "no-store",
    credentials: "omit",
  });
  const requestId = response.headers.get("x-amz-apigw-id") ?? response.headers.get("apigw-requestid");
  return {
    kind: "response",
    status: response.status,
    body: await response.text(),
    requestId: requestId ?? undefined,
  };
}

/** Parses a JSON object; returns undefined for any other text. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
