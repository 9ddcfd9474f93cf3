import { type Item, TENANT_SORT_KEY } from "../../../core/model/items.ts";
import {
  itemKey,
  permissionItems,
  RUNTIME_OWNER,
} from "../../../core/policy-files/compile/permission-items.ts";
import { findRunTimeProblems } from "../../../core/policy-files/publish/run-time-problems.ts";
import { type Check, type DoctorFinding, error, given, listed, note, warning } from "../check.ts";
import type { State, TableReading } from "../state.ts";

export const table: Check = {
  name: "table",
  claim: "the table has what the policy files make, unchanged, and no tenant has two keepers",
  find: (state) =>
    given(state.table, (found) => [...compare(found, state), ...runTime(found, state), ...others(found)]),
};

function compare({ content }: TableReading, { policies, target }: State): DoctorFinding[] {
  const wanted = new Map(permissionItems(policies).map((item) => [itemKey(item), item["hash"]]));
  const found = new Map(content.ours.map((item) => [itemKey(item), item["hash"]]));
  const byHand = new Set(content.changedByHand.map(itemKey));
  const publish = `npx portcullis publish --table ${target.table} --environment ${target.environment}`;
  const tell = (keys: readonly string[], what: string, fix: string): DoctorFinding[] =>
    keys.length === 0 ? [] : [error(`${listed(keys)}: ${what}`, fix)];
  const differs = [...wanted.keys()].filter((key) => found.has(key) && found.get(key) !== wanted.get(key));
  return [
    ...tell(
      [...byHand].sort(),
      "changed by hand: its content is not what its hash says",
      `${publish} --force`,
    ),
    ...tell(
      differs.filter((key) => !byHand.has(key)),
      "not as the files have it",
      publish,
    ),
    ...tell(
      [...wanted.keys()].filter((key) => !found.has(key)),
      "not found in the table",
      publish,
    ),
    ...tell(
      [...found.keys()].filter((key) => !wanted.has(key)),
      "in the table as the files' own, and in no file",
      publish,
    ),
  ];
}

function runTime({ runTime: items }: TableReading, { policies }: State): DoctorFinding[] {
  const tenants = items.filter(({ sk }) => sk === TENANT_SORT_KEY).length;
  return [
    ...findRunTimeProblems(policies, items).map(({ severity, item, message }) =>
      (severity === "error" ? error : warning)(
        `${item}: ${message}`,
        "npx portcullis tenant, grant or ungrant corrects what was written at run time; or correct the files",
      ),
    ),
    note(`${tenants} tenants and ${items.length - tenants} memberships and revocations of run time`),
  ];
}

/** Neither ours nor run time's: whoever wrote it went round every tool. */
function others({ content }: TableReading): DoctorFinding[] {
  const foreign = content.others.filter((item: Item) => item["owner"] !== RUNTIME_OWNER);
  return foreign.length === 0
    ? []
    : [
        warning(
          `${listed(foreign.map(itemKey))}: of no owner that is known`,
          "find who writes to the table; aws dynamodb delete-item removes an item",
        ),
      ];
}
