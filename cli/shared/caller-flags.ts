import { type Caller, readsTokenRoles, supposedCaller } from "../../core/decision/caller.ts";
import { issuerName } from "../../core/model/ids.ts";
import type { IssuerItem } from "../../core/model/items.ts";
import { suggestion } from "../../core/policy-files/source/suggestion.ts";
import { type CALLER_FLAGS, type Flags, type FlagValues, nameAndValue, UsageError } from "./flags.ts";

/** The flags that name the caller's client, who acts for it, and the issuer of its token. */
export const PARTY_FLAGS = {
  client: {
    type: "string",
    value: "C",
    otherwise: "no client, so no ceiling",
    about: "The OAuth client of the caller, for its ceiling and its memberships.",
    example: "report-agent",
  },
  delegate: {
    type: "string",
    value: "S",
    otherwise: "nobody acts for the caller",
    about: "The subject that acts for the caller, for its ceiling.",
    example: "quill-agent",
  },
  issuer: {
    type: "string",
    value: "NAME",
    otherwise: "with --client, --delegate or --table, the only one",
    about: "The issuer of the caller's token.",
    example: "main",
  },
} as const satisfies Flags;

type CallerValues = FlagValues<typeof CALLER_FLAGS & typeof PARTY_FLAGS> & {
  readonly table: string | undefined;
};

/** Returns the caller that the flags describe. */
export function callerFrom(values: CallerValues, issuers: ReadonlyMap<string, IssuerItem>): Caller {
  const { tenant = "", role: roles, scope: scopes, claim, subject, client, delegate } = values;
  if ([subject, client, delegate].includes(""))
    throw new UsageError("--subject, --client and --delegate: expected a name");
  const issuer = findIssuer(values, issuers);
  return supposedCaller({
    tenant,
    roles: issuer === undefined || readsTokenRoles(issuer) ? roles : [],
    scopes,
    subject: subject ?? client,
    claims: Object.fromEntries(claim.map((text) => nameAndValue("claim", text))),
    issuer: issuer?.name,
    clientId: client,
    delegate: delegate === undefined ? undefined : { issuer: issuer?.name ?? "", subject: delegate },
    issuedAt: Date.now() / 1_000,
  });
}

/** Returns the issuer of `--issuer`. With a client, a delegate, or `--table` and a subject, a single one is the default. */
function findIssuer(
  { issuer: name, table, subject, client, delegate }: CallerValues,
  issuers: ReadonlyMap<string, IssuerItem>,
): IssuerItem | undefined {
  if (
    name === undefined &&
    (client ?? delegate) === undefined &&
    (table === undefined || subject === undefined)
  )
    return undefined;
  const all = [...issuers.values()];
  const using = all.filter(({ memberships }) => memberships !== null);
  const [only, ...others] = using.length > 0 ? using : all;
  const found = name === undefined ? (others.length === 0 ? only : undefined) : issuers.get(issuerName(name));
  if (found !== undefined) return found;
  throw new UsageError(
    name === undefined
      ? `--issuer is missing: name the caller's issuer${suggestion("", issuers.keys())}`
      : `--issuer: there is no issuer "${name}"${suggestion(name, issuers.keys())}`,
  );
}
