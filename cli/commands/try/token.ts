import { suggestion } from "../../../core/policy-files/source/suggestion.ts";
import { mintedIssuers } from "../../../local/identity-provider/identity-server.ts";
import { defineCommand } from "../../shared/command.ts";
import {
  CALLER_FLAGS,
  type FlagValues,
  nameAndValue,
  PORT_FLAG,
  portFlag,
  wholeNumber,
} from "../../shared/flags.ts";
import { fetchIssuers, localOrigin, mintToken, noStack } from "../../shared/local-tokens.ts";
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
  client: {
    type: "string",
    otherwise: "the first that clients.yaml names",
    value: "C",
    about: "The OAuth client that the token is issued to.",
    example: "quill-assistant",
  },
  issuer: {
    type: "string",
    otherwise: "the first one",
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
  about: `Prints a token of the running stack's identity provider, in the shape of the issuer's preset, and nothing else. The
token may have any tenant, role or claim.`,
  flags: FLAGS,
  examples: ["token --tenant acme --role editor", "token --tenant acme --role viewer --scope docs:write"],
  statuses: ["printed", "no stack listens, or it cannot issue such a token"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const origin = localOrigin(portFlag(values.port));
  const request = {
    tenants: values.tenant,
    roles: values.role,
    scopes: values.scope,
    claims: Object.fromEntries(values.claim.map(parseClaim)),
    expiresIn: wholeNumber("expires-in", values["expires-in"], -1e9, 1e9),
    ...(values.subject !== undefined && { subject: values.subject }),
    ...(values.client !== undefined && { client: values.client }),
  };
  const found = await findIssuer(values.issuer, origin);
  if ("problem" in found) return printError(found.problem);
  const minted = await mintToken(origin, found.issuer, request);
  return "problem" in minted ? printError(minted.problem) : print(minted.token);
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

/** Returns the requested issuer, or the first one that the stack mints tokens for. */
async function findIssuer(
  name: string | undefined,
  origin: string,
): Promise<{ readonly issuer: string } | { readonly problem: string }> {
  const issuers = await fetchIssuers(origin);
  if (issuers === undefined) return { problem: noStack(origin) };
  if (name !== undefined && issuers[name] === undefined)
    return { problem: `There is no issuer "${name}"${suggestion(name, Object.keys(issuers))}` };
  const issuer = name ?? mintedIssuers(issuers, origin)[0];
  if (issuer === undefined)
    return { problem: "Every issuer is a real identity provider (start --trust): get a token there" };
  return { issuer };
}
