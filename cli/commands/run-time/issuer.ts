import { suggestion } from "../../../core/policy-files/source/suggestion.ts";
import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, UsageError } from "../../shared/flags.ts";
import { oneLine } from "../../shared/output.ts";
import { CHANGE_FLAGS, changeAtRunTime, readAtRunTime } from "../../table/run-time.ts";

const VERBS = ["suspend", "reinstate", "deny-key", "allow-key", "list"];

export const issuer = defineCommand({
  name: "issuer",
  forms: ["suspend|reinstate NAME", "deny-key|allow-key NAME KID", "list"],
  about: `Stops the tokens of an issuer, or those that one of its keys signed, without a deployment: for an issuer or a key that
is compromised. The issuers are those of issuers.yaml. suspend denies all tokens of the issuer with 401 and the code
issuer_suspended; deny-key denies those of the key with this id (kid) with key_denied, even while the issuer still
publishes the key. list prints all issuers, and what is denied of them.
A key id that begins with a dash comes last, after --.`,
  flags: CHANGE_FLAGS,
  examples: [
    "issuer suspend main --table portcullis-dev",
    "issuer deny-key main --table portcullis-dev -- -key1",
  ],
  statuses: ["done", "rejected"],
  positionals: true,
  run,
});

async function run(values: Values, positionals: readonly string[]): Promise<number> {
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

type Values = FlagValues<typeof CHANGE_FLAGS>;

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
    const lines = data.map(({ name: issuerName, status, deniedKeys, revokedClients }) =>
      oneLine(
        [
          `${issuerName}  ${status}`,
          ...(deniedKeys.length === 0 ? [] : [`denied keys: ${deniedKeys.join(", ")}`]),
          ...(revokedClients.length === 0
            ? []
            : [`revoked clients: ${revokedClients.map(({ client }) => client).join(", ")}`]),
        ].join("  "),
      ),
    );
    return { lines: lines.length === 0 ? ["The table has no issuer"] : lines, data };
  });
}
