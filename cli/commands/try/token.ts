import { issuerUrl } from "../../../local/identity-provider/identity-server.ts";
import type { Command } from "../../shared/command.ts";
import { nameAndValue, portFlag, readFlags, wholeNumber } from "../../shared/flags.ts";

const USAGE = `npx portcullis token --tenant T [--tenant …] --role R [--role …]
  [--subject S] [--scope S …] [--issuer NAME] [--expires-in SECONDS] [--claim NAME=VALUE …] [--port PORT]

Prints a token from the running stack's identity provider, and nothing else. It mints whatever is asked.
--role T:R gives roles for each of several tenants; --expires-in -60 a token that has expired.`;

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
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const origin = `http://127.0.0.1:${portFlag(values.port)}`;
  const request = {
    tenants: values.tenant,
    roles: values.role,
    scopes: values.scope,
    claims: Object.fromEntries(values.claim.map(readClaim)),
    expiresIn: wholeNumber("expires-in", values["expires-in"], -1e9, 1e9),
    ...(values.subject !== undefined && { subject: values.subject }),
  };
  const response = await ask(`${issuerUrl(origin, values.issuer)}/token`, request);
  if (response === undefined)
    return fail(
      `No stack listens on ${origin}: start it with npx portcullis start, or name its port with --port`,
    );
  const body = (await response.json()) as { access_token?: string; error?: string };
  if (body.access_token === undefined)
    return fail(body.error ?? `The identity provider answered ${response.status}`);
  process.stdout.write(`${body.access_token}\n`);
  return 0;
}

function readClaim(text: string): [string, unknown] {
  const [name, value] = nameAndValue("claim", text);
  return [name, parseValue(value)];
}

/** JSON where it is JSON, else the text as it stands. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function ask(url: string, body: unknown): Promise<Response | undefined> {
  try {
    return await fetch(url, { method: "POST", body: JSON.stringify(body) });
  } catch {
    return undefined;
  }
}

function fail(message: string): number {
  process.stderr.write(`${message}\n`);
  return 1;
}
