import { InternalError } from "../../../core/model/errors.ts";
import { readIssuerSwitch } from "../../../core/model/issuer-switch.ts";
import { type Item, TENANT_SORT_KEY } from "../../../core/model/items.ts";
import { plural } from "../../../core/model/plural.ts";
import {
  itemKey,
  permissionItems,
  RUNTIME_OWNER,
} from "../../../core/policy-files/compile/permission-items.ts";
import { findRunTimeProblems } from "../../../core/policy-files/publish/run-time-problems.ts";
import { shellQuote } from "../../../core/policy-files/source/shell-quote.ts";
import { type Check, type DoctorFinding, error, examineRead, joinNames, note, warning } from "../check.ts";
import type { State, TableReading } from "../state.ts";

export const table: Check = {
  name: "table",
  claim: "the table has the items of the policy files, unchanged, and each tenant has one owner",
  find: (state) =>
    examineRead(state.table, (found) => [
      ...compare(found, state),
      ...runTime(found, state),
      ...others(found),
      ...killSwitches(found, state),
    ]),
};

function compare({ content }: TableReading, { policies, target }: State): DoctorFinding[] {
  const wanted = new Map(permissionItems(policies).map((item) => [itemKey(item), item["hash"]]));
  const found = new Map(content.ours.map((item) => [itemKey(item), item["hash"]]));
  const byHand = new Set(content.changedByHand.map(itemKey));
  const environment = shellQuote(target.environment);
  const byTerraform = target.keeper === "terraform" ? `npx portcullis deploy ${environment}` : undefined;
  const publish =
    byTerraform ?? `npx portcullis publish --table ${shellQuote(target.table)} --environment ${environment}`;
  const report = (keys: readonly string[], what: string, fix: string): DoctorFinding[] =>
    keys.length === 0 ? [] : [error(`${joinNames(keys)}: ${what}`, fix)];
  const differs = [...wanted.keys()].filter((key) => found.has(key) && found.get(key) !== wanted.get(key));
  return [
    ...report(
      [...byHand].sort(),
      "changed by hand: the content does not match the hash",
      byTerraform ?? `${publish} --force`,
    ),
    ...report(
      differs.filter((key) => !byHand.has(key)),
      "not as in the policy files",
      publish,
    ),
    ...report(
      [...wanted.keys()].filter((key) => !found.has(key)),
      "not found in the table",
      publish,
    ),
    ...report(
      [...found.keys()].filter((key) => !wanted.has(key)),
      "in the table as an item of the policy files, but in no file",
      // Terraform does not see an item that it did not write.
      byTerraform === undefined ? publish : `${byTerraform}; delete the items if they are not in its plan`,
    ),
  ];
}

function runTime(
  { runTime: { items, generations, directories } }: TableReading,
  { policies }: State,
): DoctorFinding[] {
  const tenants = items.filter(({ sk }) => sk === TENANT_SORT_KEY).length;
  return [
    ...findRunTimeProblems(policies, [...items, ...directories], generations).map(
      ({ severity, item, message }) =>
        (severity === "error" ? error : warning)(
          `${item}: ${message}`,
          "correct the run-time item with npx portcullis tenant or grant, or correct the policy files",
        ),
    ),
    note(
      `run-time items: ${plural(tenants, "tenant")}, ${items.length - tenants} memberships and revocations`,
    ),
  ];
}

/** Lists the kill switches in force, so that nobody forgets one. */
function killSwitches({ content }: TableReading, { target }: State): DoctorFinding[] {
  const command = (what: string): string =>
    `npx portcullis issuer ${what} --table ${shellQuote(target.table)}`;
  return content.switches.flatMap((item): DoctorFinding[] => {
    const name = String(item["sk"]);
    try {
      const { suspended, deniedKeys, revokedClients } = readIssuerSwitch(item);
      return [
        ...(suspended
          ? [
              warning(
                `issuer ${name} is suspended at run time: each of its tokens gets a 401`,
                `when it may be trusted again: ${command(`reinstate ${shellQuote(name)}`)}`,
              ),
            ]
          : []),
        ...[...deniedKeys].map((kid) =>
          warning(
            `issuer ${name}: the key ${kid} is denied at run time`,
            `when it may be trusted again: ${command(`allow-key ${shellQuote(name)} ${shellQuote(kid)}`)}`,
          ),
        ),
        ...[...revokedClients].map(([client, until]) =>
          warning(
            `issuer ${name}: the client ${client} is revoked in every tenant until ${new Date(until * 1_000).toISOString()}`,
            `when it may be trusted again: npx portcullis revoke undo --all-tenants --issuer ${shellQuote(name)} --client ${shellQuote(client)} --table ${shellQuote(target.table)}`,
          ),
        ),
      ];
    } catch (failure) {
      if (!(failure instanceof InternalError)) throw failure;
      return [
        error(
          `issuer ${name}: its kill switch cannot be read, so its callers get a 500: ${failure.message}`,
          `write it again: ${command(`suspend ${shellQuote(name)}`)}`,
        ),
      ];
    }
  });
}

/** Finds items that no tool of Portcullis wrote. */
function others({ content }: TableReading): DoctorFinding[] {
  const foreign = content.others.filter((item: Item) => item["owner"] !== RUNTIME_OWNER);
  return foreign.length === 0
    ? []
    : [
        warning(
          `${joinNames(foreign.map(itemKey))}: the owner is unknown`,
          "find out who writes to the table; aws dynamodb delete-item removes an item",
        ),
      ];
}
