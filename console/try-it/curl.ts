import type { Form } from "./form.ts";
import type { TryItRequest } from "./request.ts";

/** For a POSIX shell: one word, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const PLAIN = /^[A-Za-z0-9._:@-]+$/;

/** The same request for a shell: what makes the token stands in the token's place. */
export function curlCommand(
  { method, path, headers, body }: TryItRequest,
  form: Form,
  { origin, tokenCommand }: { readonly origin: string; readonly tokenCommand: string },
): string {
  const token = `$(${[tokenCommand, ...tokenFlags(form, new URL(origin).port)].join(" ")})`;
  return [
    "curl -i",
    ...(method === "GET" ? [] : [method === "HEAD" ? "--head" : `-X ${method}`]),
    ...(form.withToken ? [`-H "Authorization: Bearer ${token}"`] : []),
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`--data-raw ${quoted(body)}`]),
    quoted(`${origin}${path}`),
  ].join(" ");
}

function tokenFlags({ tenant, roles, scopes, subject, issuer }: Form, port: string): string[] {
  const flag = (name: string, value: string): string =>
    `--${name}=${PLAIN.test(value) ? value : quoted(value)}`;
  return [
    flag("port", port),
    flag("tenant", tenant),
    ...roles.map((role) => flag("role", role)),
    ...scopes.map((scope) => flag("scope", scope)),
    flag("subject", subject),
    ...(issuer === "main" ? [] : [flag("issuer", issuer)]),
  ];
}
