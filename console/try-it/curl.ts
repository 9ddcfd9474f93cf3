import { shellQuote } from "../../core/policy-files/source/shell-quote.ts";
import type { Form } from "./form.ts";
import type { TryItRequest } from "./request.ts";

/** Returns the request as a curl command in which a command substitution gets the token. */
export function curlCommand(
  { method, path, headers, body }: TryItRequest,
  form: Form,
  {
    origin,
    tokenCommand,
    defaultIssuer,
  }: { readonly origin: string; readonly tokenCommand: string; readonly defaultIssuer: string | undefined },
): string {
  const flags = tokenFlags(form, new URL(origin).port, defaultIssuer);
  const token = `$(${[tokenCommand, ...flags].join(" ")})`;
  return [
    "curl -i",
    ...(method === "GET" ? [] : [method === "HEAD" ? "--head" : `-X ${method}`]),
    ...(form.withToken ? [`-H "Authorization: Bearer ${token}"`] : []),
    ...Object.entries(headers).map(([name, value]) => `-H ${shellQuote(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`--data-raw ${shellQuote(body)}`]),
    shellQuote(`${origin}${path}`),
  ].join(" ");
}

function tokenFlags(
  { tenant, roles, scopes, subject, issuer }: Form,
  port: string,
  defaultIssuer: string | undefined,
): string[] {
  const flag = (name: string, value: string): string => `--${name}=${shellQuote(value)}`;
  return [
    flag("port", port),
    flag("tenant", tenant),
    ...roles.map((role) => flag("role", role)),
    ...scopes.map((scope) => flag("scope", scope)),
    flag("subject", subject),
    ...(issuer === defaultIssuer ? [] : [flag("issuer", issuer)]),
  ];
}
