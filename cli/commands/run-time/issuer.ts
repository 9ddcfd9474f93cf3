import { suggestion } from "../../../core/policy-files/source/suggestion.ts";
import type { Command } from "../../shared/command.ts";
import { readFlags, UsageError } from "../../shared/flags.ts";
import { oneLine, print } from "../../shared/output.ts";
import { CHANGE_FLAGS, changeAtRunTime, readAtRunTime } from "../../table/run-time.ts";

const USAGE = `npx portcullis issuer suspend|reinstate NAME --table NAME
npx portcullis issuer deny-key|allow-key NAME KID --table NAME
npx portcullis issuer list --table NAME
  [--reason TEXT] [--flush API_ID/STAGE] [--staleness SECONDS] [--json]

Stops the tokens of an issuer, or those that one of its keys signed, without a deployment: for an issuer or a key that
is compromised. The issuers are those of issuers.yaml. suspend denies all tokens of the issuer with 401 and the code
issuer_suspended; deny-key denies those of the key with this id (kid) with key_denied, even while the issuer still
publishes the key. list prints all issuers, and what is denied of them.
  --reason  the reason for the history (npx portcullis history --issuer NAME)
  --flush   afterwards empties the stage's cache of authorizer responses
Exit status 0: done, 1: rejected, 2: wrong use.`;

const VERBS = ["suspend", "reinstate", "deny-key", "allow-key", "list"];

export const issuer: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readFlags(args, CHANGE_FLAGS, true);
  if (values.help) return print(USAGE);
  const [what = "", name, ...rest] = positionals;
  if (!VERBS.includes(what))
    throw new UsageError(
      what === "" ? `name one of ${VERBS.join(", ")}` : `unknown: issuer ${what}${suggestion(what, VERBS)}`,
    );
  if (what === "list") return list(name, values);
  const [kid, ...others] = what.endsWith("-key") ? rest : ["", ...rest];
  if (name === undefined || kid === undefined || others.length > 0)
    throw new UsageError(
      `issuer ${what}: expected ${what.endsWith("-key") ? "an issuer's name and a key's id" : "one issuer's name"}`,
    );
  return change(what, { name, kid }, values);
}

type Values = ReturnType<typeof readFlags<typeof CHANGE_FLAGS>>["values"];

function change(what: string, { name, kid }: { name: string; kid: string }, values: Values): Promise<number> {
  const why = values.reason ?? "";
  const key = kid === "" ? "" : ` ${kid}`;
  return changeAtRunTime(values, `issuer ${name}: ${what}${key}`, (store) => {
    if (what === "suspend") return store.suspendIssuer(name, why);
    if (what === "reinstate") return store.reinstateIssuer(name, why);
    if (what === "deny-key") return store.denyKey({ issuer: name, kid }, why);
    return store.allowKey({ issuer: name, kid }, why);
  });
}

function list(name: string | undefined, values: Values): Promise<number> {
  if (name !== undefined) throw new UsageError("issuer list: expected no issuer");
  return readAtRunTime(values, async (store) => {
    const data = await store.issuers();
    const lines = data.map(({ name: issuerName, status, deniedKeys }) =>
      oneLine(
        `${issuerName}  ${status}${deniedKeys.length === 0 ? "" : `  denied keys: ${deniedKeys.join(", ")}`}`,
      ),
    );
    return { lines: lines.length === 0 ? ["The table has no issuer"] : lines, data };
  });
}
