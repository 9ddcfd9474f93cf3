import { issuerUrl } from "../../../local/identity-provider/identity-server.ts";
import { defineCommand } from "../../shared/command.ts";
import {
  CALLER_FLAGS,
  type FlagValues,
  nameAndValue,
  PORT_FLAG,
  portFlag,
  wholeNumber,
} from "../../shared/flags.ts";
import { print, printError } from "../../shared/output.ts";

const FLAGS = {
  ...CALLER_FLAGS,
  tenant: {
    ...CALLER_FLAGS.tenant,
    multiple: true,
    default: [] as string[],
    about: "A tenant's id, also of a tenant that does not exist.",
  },
  role: {
    ...CALLER_FLAGS.role,
    about: "A role; with several tenants, T:R gives the role R in the tenant T.",
  },
  claim: {
    ...CALLER_FLAGS.claim,
    about: "A claim of the token; the value is JSON, or else a string.",
    example: "email=ann@example.com",
  },
  issuer: {
    type: "string",
    default: "main",
    value: "NAME",
    about: "The issuer in issuers.yaml that issues the token.",
    example: "acme-okta",
  },
  "expires-in": {
    type: "string",
    default: "3600",
    value: "SECONDS",
    about: "The lifetime; a negative number gives an expired token.",
    example: "-60",
  },
  port: PORT_FLAG,
} as const;

export const token = defineCommand({
  name: "token",
  about: `Prints a token of the running stack's identity provider, and nothing else. The token may have any tenant, role or
claim.`,
  flags: FLAGS,
  examples: ["token --tenant acme --role editor", "token --tenant acme --role viewer --scope docs:write"],
  statuses: ["printed", "no stack listens, or it cannot issue such a token"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
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
