import { DIRECTORY_PREFIX, type Item } from "../../core/model/items.ts";
import { itemKey } from "../../core/policy-files/compile/permission-items.ts";
import { isMoving } from "../../core/policy-files/publish/moved-tenant.ts";
import type { TableContent } from "../table/read-items.ts";

export interface Situation {
  readonly content: TableContent;
  readonly wanted: readonly Item[];
  /** The items of the last version. A wanted one that the table lacks was deleted by hand. */
  readonly previous: readonly Item[];
  readonly environment: { readonly last: string | undefined; readonly now: string };
  readonly force: boolean;
}

/** Returns the reasons not to write to a table. With `force`, only a tenant with another owner is a reason. */
export function findObstacles(situation: Situation): string[] {
  const { content, wanted, force } = situation;
  const owned = findOtherOwners(content, wanted);
  return force
    ? owned
    : [...owned, ...findOtherEnvironment(situation), ...findChanged(content), ...findDeleted(situation)];
}

function findOtherOwners({ others, movable }: TableContent, wanted: readonly Item[]): string[] {
  const byKey = new Map(others.map((item) => [itemKey(item), item]));
  const moving = new Set(movable.filter(isMoving).map(itemKey));
  return wanted.flatMap((item) => {
    const other = byKey.get(itemKey(item));
    if (other === undefined) return [];
    const owner = typeof other["owner"] === "string" ? other["owner"] : "";
    if (String(item["pk"]).startsWith(DIRECTORY_PREFIX))
      return `${name(item)} is the directory of ${String(item["tenant"])} in the files, and in the table of another owner: a directory has one tenant; remove it from the tenant's file, or from the other tenant`;
    if (moving.has(itemKey(item)))
      return `${name(item)} was moved to the files, but its file and the table do not agree any longer: remove the file, and run npx portcullis tenant move again`;
    return `${name(item)} is in the files, and in the table as ${name(other)} with the owner "${owner}": a tenant has one owner; remove its file, or the item`;
  });
}

function findOtherEnvironment({ environment: { last, now } }: Situation): string[] {
  if (last === undefined || last === now) return [];
  return [
    `The table was published for the environment ${last}, but this is ${now}: check --table and --environment`,
  ];
}

const findChanged = ({ changedByHand }: TableContent): string[] =>
  changedByHand.map((item) => `${name(item)} was changed by hand: its content does not match its hash`);

function findDeleted({ content: { ours }, wanted, previous }: Situation): string[] {
  const present = new Set(ours.map(itemKey));
  const before = new Set(previous.map(itemKey));
  return wanted
    .filter((item) => before.has(itemKey(item)) && !present.has(itemKey(item)))
    .map((item) => `${name(item)} was deleted by hand: publishing would restore it`);
}

const name = ({ pk, sk }: Item): string => `${String(pk)} ${String(sk)}`;
