import type { Item } from "../../core/model/items.ts";
import { itemKey } from "../../core/policy-files/compile/permission-items.ts";
import type { TableContent } from "../table/read-items.ts";

export interface Situation {
  readonly content: TableContent;
  readonly wanted: readonly Item[];
  /** What the last version had: what is wanted of it and not there was deleted by hand. */
  readonly missingFrom: readonly Item[];
  readonly environment: { readonly last: string | undefined; readonly now: string };
  readonly force: boolean;
}

/** Why a table is not to be written to. `force` sets aside all but a tenant that another owner has. */
export function findObstacles(situation: Situation): string[] {
  const { content, wanted, force } = situation;
  const owned = ownedByOthers(content.others, wanted);
  return force
    ? owned
    : [...owned, ...otherEnvironment(situation), ...tellChanged(content), ...deletedByHand(situation)];
}

/** Ids of tenants are unique without regard to case. */
function ownedByOthers(others: readonly Item[], wanted: readonly Item[]): string[] {
  const byKey = new Map(others.map((item) => [itemKey(item).toLowerCase(), item]));
  return wanted.flatMap((item) => {
    const other = byKey.get(itemKey(item).toLowerCase());
    if (other === undefined) return [];
    const owner = typeof other["owner"] === "string" ? other["owner"] : "nobody";
    return `${name(item)} is in the files, and in the table as ${name(other)} of owner "${owner}": a tenant has one keeper; remove its file, or the item`;
  });
}

function otherEnvironment({ environment: { last, now } }: Situation): string[] {
  if (last === undefined || last === now) return [];
  return [`The table was published for environment ${last}, this is ${now}: check --table and --environment`];
}

const tellChanged = ({ changedByHand }: TableContent): string[] =>
  changedByHand.map(
    (item) => `${name(item)} was changed by hand: its content does not have the hash that it names`,
  );

function deletedByHand({ content: { ours }, wanted, missingFrom }: Situation): string[] {
  const present = new Set(ours.map(itemKey));
  const was = new Set(missingFrom.map(itemKey));
  return wanted
    .filter((item) => was.has(itemKey(item)) && !present.has(itemKey(item)))
    .map((item) => `${name(item)} was deleted by hand: publishing would bring it back`);
}

const name = ({ pk, sk }: Item): string => `${String(pk)} ${String(sk)}`;
