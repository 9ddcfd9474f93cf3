import { issuerUrl } from "../../../local/identity-provider/identity-server.ts";
import type { Command } from "../../shared/command.ts";
import { nameAndValue, portFlag, readFlags, wholeNumber } from "../../shared/flags.ts";
import { print, printError } from "../../shared/output.ts";

const USAGE = `npx portcullis token --tenant T [--tenant …] --role R [--role …]
  [--subject S] [--scope S …] [--issuer NAME] [--expires-in SECONDS] [--claim NAME=VALUE …] [--port PORT]

Prints a token of the running stack's identity provider, and nothing else. The token may have any tenant, role or claim.
  --role        with several tenants, T:R gives the role R in the tenant T
  --expires-in  a negative number gives an expired token, such as -60`;

export const token: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, {
    tenant: { type: "string", multiple: true, default: [] },
    role: { type: "string", multiple: true, default: [] },
    scope: { type: "string", multiple: true, default: [] },
    claim: { type: "string", multiple: true, default: [] },
    subject: { type: "string" },
    issuer: { type: "string", default: "main" },
    "expires-in": { type: "string", default: "3600" },
    port: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) return print(USAGE);
  const origin = `http://127.0.0.1:${portFlag(values.port)}`;
  const request = {
    tenants: values.tenant,
    roles: values.role,
    scopes: values.scope,
    claims: Object.fromEntries(values.claim.map(parseClaim)),
    expiresIn: wholeNumber("expires-in", values["expires-in"], -1e9, 1e9),
    ...(values.subject !== undefined && { subject: values.subject }),
  };
  const response = await post(`${issuerUrl(origin, values.issuer)}/token`, request);
  if (response === undefined)
    return printError(
      `No stack listens on ${origin}: start it with npx portcullis start, or name its port with --port`,
    );
  const body = (await response.json()) as { access_token?: string; error?: string };
  if (body.access_token === undefined)
    return printError(body.error ?? `The identity provider answered with status ${response.status}`);
  return print(body.access_token);
}

function parseClaim(text: string): [string, unknown] {
  const [name, value] = nameAndValue("claim", text);
  return [name, parseValue(value)];
}

/** Parses JSON. Returns any other text unchanged. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Returns undefined if no server listens. */
async function post(url: string, body: unknown): Promise<Response | undefined> {
  try {
    return await fetch(url, { method: "POST", body: JSON.stringify(body) });
  } catch {
    return undefined;
  }
}
