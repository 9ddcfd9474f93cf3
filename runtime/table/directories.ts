import { directoryKey } from "../../core/model/items.ts";
import { RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";
import { tenantItemKey } from "./catalogue.ts";
import { changeItem, getItem, type StoreOptions } from "./store.ts";
import { StoreError } from "./store-error.ts";

/** A tenant's directories by their issuers. */
export type Directories = Readonly<Record<string, string>>;

/** The item of a directory, and the other tenant that lists the directory. */
interface Holder {
  /** The tenant that the item names; undefined if there is no item. */
  readonly named: unknown;
  readonly taken: boolean;
}

/** An item counts only if the tenant that it names lists the directory, so the item of any other tenant can be replaced. */
async function findHolder(store: StoreOptions, id: string, issuer: string, name: string): Promise<Holder> {
  const item = await getItem(store, directoryKey(issuer, name));
  const named = item?.["tenant"];
  if (item === undefined || named === id) return { named, taken: false };
  if (item["owner"] !== RUNTIME_OWNER) return { named, taken: true };
  const holder = await getItem(store, tenantItemKey(String(named)));
  const listed = (holder?.["directories"] ?? {}) as Directories;
  return { named, taken: holder?.["id"] === named && listed[issuer] === name };
}

const taken = (issuer: string, name: string, tenant: unknown): StoreError =>
  new StoreError(
    "directory_taken",
    `The directory ${name} of issuer ${issuer} is that of tenant ${String(tenant)}: a directory has one tenant`,
  );

/** Checks that no other tenant has the directories. @throws StoreError `directory_taken` */
export async function checkFree(store: StoreOptions, id: string, directories: Directories): Promise<void> {
  for (const [issuer, name] of Object.entries(directories)) {
    const holder = await findHolder(store, id, issuer, name);
    if (holder.taken) throw taken(issuer, name, holder.named);
  }
}

/**
 * Writes the items by which the authorizer finds a tenant that lists the directories. Returns whether one changed.
 *
 * @throws StoreError `directory_taken` or `too_many_writers`
 */
export async function claimDirectories(
  store: StoreOptions,
  id: string,
  directories: Directories,
): Promise<boolean> {
  let isChanged = false;
  for (const [issuer, name] of Object.entries(directories)) {
    const holder = await findHolder(store, id, issuer, name);
    if (holder.taken) throw taken(issuer, name, holder.named);
    const outcome = await changeItem(store, directoryKey(issuer, name), (current) => {
      if (current !== undefined && current["tenant"] !== id && current["tenant"] !== holder.named)
        throw taken(issuer, name, current["tenant"]);
      return { tenant: id };
    });
    isChanged ||= outcome === "done";
  }
  return isChanged;
}

/** Removes the items of directories that a tenant no longer lists. Returns whether one was removed. */
export async function releaseDirectories(
  store: StoreOptions,
  id: string,
  directories: Directories,
): Promise<boolean> {
  let isChanged = false;
  for (const [issuer, name] of Object.entries(directories)) {
    const key = directoryKey(issuer, name);
    if ((await getItem(store, key))?.["owner"] !== RUNTIME_OWNER) continue;
    const outcome = await changeItem(store, key, (current) =>
      current?.["tenant"] === id ? "remove" : "keep",
    );
    isChanged ||= outcome === "done";
  }
  return isChanged;
}
