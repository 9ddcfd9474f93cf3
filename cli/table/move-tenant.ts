import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { stringify } from "yaml";
import { directoryKey, type Item } from "../../core/model/items.ts";
import {
  FILES_OWNER,
  permissionItems,
  RUNTIME_OWNER,
} from "../../core/policy-files/compile/permission-items.ts";
import { compileTenantRules, TENANT_RULES } from "../../core/policy-files/compile/tenant-rules.ts";
import { loadPolicies, type PolicyFiles, type PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { type TenantFile, tenantSchema } from "../../core/policy-files/model/schemas.ts";
import type { TenantRules } from "../../core/policy-files/model/written-rules.ts";
import { itemContent } from "../../core/policy-files/publish/item-state.ts";
import { isMoving, isSameTenant, withMark } from "../../core/policy-files/publish/moved-tenant.ts";
import { rulesFromItems } from "../../core/policy-files/publish/recompile.ts";
import { canonicalJson, digest } from "../../core/policy-files/source/digest.ts";
import { isError, Problems, printProblem } from "../../core/policy-files/source/problem.ts";
import { shellQuote } from "../../core/policy-files/source/shell-quote.ts";
import { parseSource } from "../../core/policy-files/source/source.ts";
import { tenantItemKey, unknownTenant } from "../../runtime/table/catalogue.ts";
import {
  changeItem,
  getItem,
  type Key,
  type StoreOptions,
  stampRuntime,
  withAudit,
} from "../../runtime/table/store.ts";
import { History } from "../publish/history.ts";
import { KeeperError } from "../publish/keeper.ts";
import { acquireLock } from "../publish/lock.ts";
import { replaceItem } from "../publish/write-items.ts";
import { readPolicyFiles } from "../shared/policy-folder.ts";
import { MoveError } from "./move-error.ts";

export interface Move {
  readonly id: string;
  readonly folder: string;
  readonly environment: string;
  readonly why: string;
}

/** What a move did, and what is left for the user to do. */
export interface Moved {
  readonly outcome: "done" | "unchanged";
  readonly next: string;
}

/**
 * Writes a run-time tenant's policy file, and marks its item, so that the next publish of this file takes the item over.
 * Until then the tenant stays one of run time. May be run again after a failure.
 *
 * @throws MoveError or StoreError; no file is written then
 */
export async function moveToFiles(
  store: StoreOptions,
  { id, folder, environment, why }: Move,
): Promise<Moved> {
  await checkKeeper(store);
  const item = await readTenantItem(store, id);
  if (item["owner"] !== RUNTIME_OWNER)
    return { outcome: "unchanged", next: `${id} belongs to the policy files already` };
  const files = readPolicyFiles(folder);
  const existing = findExistingFile(files, environment, item, folder);
  const name = existing ?? fileName(id, environment, files);
  const text = (existing && files.get(existing)) ?? stringify(fileOf(item, name));
  const present = files.get(name);
  if (present !== undefined && present !== text)
    throw new MoveError(
      `${join(folder, name)} exists, and is not what ${id} has at run time: remove the file, and run the command again`,
    );
  checkCompiles(new Map([...files, [name, text]]), environment, item, { folder, name });
  const path = join(folder, name);
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: "wx" });
  }
  const change = { kind: "move-tenant", to: "files" } as const;
  const outcome = isMoving(item)
    ? "unchanged"
    : await withAudit(store, id, { what: "move tenant to the policy files", why, change }, () =>
        changeItem(store, tenantItemKey(id), (current) => {
          if (current === undefined || current["hash"] !== item["hash"])
            throw new MoveError(
              `${id} was changed while it moved: remove ${path}, and run the command again`,
            );
          const { v: _version, owner: _owner, hash: _hash, ...content } = current;
          return withMark(content);
        }),
      );
  return {
    outcome,
    next: `commit ${path}, and publish it: publish takes the tenant over with its people. Until then do not change the tenant at run time`,
  };
}

/**
 * Returns the path of the file that the folder has for the tenant already, after a move to run time that was not wanted.
 *
 * @throws MoveError if the file gives the tenant something else than its item
 */
function findExistingFile(
  files: PolicyFiles,
  environment: string,
  item: Item,
  folder: string,
): string | undefined {
  const id = String(item["id"]);
  const { policies } = loadPolicies(files, environment);
  const file = policies?.tenants.get(id)?.at.file;
  const compiled = policies && findTenantItem(policies, id);
  if (file !== undefined && (compiled === undefined || !isSameTenant(compiled, item)))
    throw new MoveError(
      `${join(folder, file)} exists, and is not what ${id} has at run time: remove the file, and run the command again`,
    );
  return file;
}

/** Returns the policy file of a tenant's item. */
function fileOf(item: Item, name: string): Record<string, unknown> {
  const { id, status, plan, issuers, directories } = item;
  const rules = item["rules"] as TenantRules | undefined;
  if (rules === undefined && TENANT_RULES.some((key) => item[key] !== undefined))
    throw new MoveError(
      `What the roles of ${String(id)} were written as is not known, because a restore narrowed them: write them with npx portcullis tenant put --file first`,
    );
  const needsId = name.replace(/^.*\//, "") !== `${String(id)}.yaml`;
  const all = {
    ...(needsId && { id }),
    ...{ name: item["name"], status: status === "active" ? undefined : status, plan, issuers, directories },
    ...rules,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** The ids that are file names on every system, whatever the case of their letters. */
const FILE_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/**
 * Returns the path of a tenant's file in the folder. Where environments have folders, it is in that of the environment, so
 * that the tenant gets access in no other.
 */
function fileName(id: string, environment: string, files: PolicyFiles): string {
  const hasFolders = [...files.keys()].some((path) => /^tenants\/[^/]+\//.test(path));
  const isPlain = FILE_NAME.test(id) && !DEVICE.test(id);
  return `tenants/${hasFolders ? `${environment}/` : ""}${isPlain ? id : `tenant-${digest(id, 12)}`}.yaml`;
}

/** @throws MoveError if the folder with the file has errors, or gives the tenant something else than its item */
function checkCompiles(
  files: PolicyFiles,
  environment: string,
  item: Item,
  { folder, name }: { readonly folder: string; readonly name: string },
): void {
  const { policies, problems } = loadPolicies(files, environment);
  if (policies === undefined) {
    const [first] = problems.filter(isError);
    const message = first && printProblem({ ...first, file: join(folder, first.file) });
    throw new MoveError(
      `The tenant cannot move to ${join(folder, name)}, and nothing was written: ${message}`,
    );
  }
  const compiled = findTenantItem(policies, String(item["id"]));
  if (compiled === undefined || !isSameTenant(compiled, item))
    throw new MoveError(
      `The policy files in ${folder} would change the access of ${String(item["id"])}, and nothing was written: publish them first, so that they and the table agree`,
    );
}

const findTenantItem = (policies: PolicySet, id: string): Item | undefined =>
  permissionItems(policies).find((item) => item["sk"] === "TENANT" && item["id"] === id);

/**
 * Makes a tenant of the policy files one of run time, with the same content and the same people. May be run again after a
 * failure. Until the file is removed, publish rejects the tenant with both owners, so it deletes nothing.
 *
 * @throws MoveError or StoreError
 */
export async function moveToRuntime(
  store: StoreOptions,
  { id, folder, environment, why }: Move,
): Promise<Moved> {
  await checkKeeper(store);
  const lock = await acquireLock(store.client, store.table, false);
  try {
    if (lock.interrupted)
      throw new MoveError(
        `A publish to ${store.table} was interrupted: complete it with npx portcullis publish first`,
      );
    const { path, compiled, rules, isShared } = readFileTenant(id, folder, environment);
    const item = await readTenantItem(store, id);
    if (!isSameTenant(compiled, item))
      throw new MoveError(
        `${path} and the table do not agree about ${id}, and nothing was written: ${item["owner"] === FILES_OWNER ? "publish the file first" : "the tenant is one of run time already, so remove the file"}`,
      );
    const isDone = item["owner"] === RUNTIME_OWNER;
    const change = { kind: "move-tenant", to: "runtime", rules } as const;
    const outcome = await withAudit(store, id, { what: "move tenant to run time", why, change }, async () => {
      // The directories come first: while the tenant is of the files, no publish deletes what the file has.
      const directories = Object.entries((item["directories"] ?? {}) as Record<string, string>);
      const moved = [];
      for (const [issuer, name] of directories)
        moved.push(await giveToRuntime(store, directoryKey(issuer, name), {}));
      if (!isDone) moved.push(await giveToRuntime(store, tenantItemKey(id), { rules, hash: item["hash"] }));
      return moved.includes(true) ? "done" : "unchanged";
    });
    return {
      outcome,
      next: `remove ${path} and commit that; until then check and publish reject the tenant, because it has both owners${isShared ? ". The file is for every environment: move the tenant in the table of each before you remove it" : ""}`,
    };
  } finally {
    await lock.release(!lock.interrupted);
  }
}

/** Reads a tenant's file: its path, its compiled item, and its rules as they are written. */
function readFileTenant(id: string, folder: string, environment: string) {
  const files = readPolicyFiles(folder);
  const { policies, problems } = loadPolicies(files, environment);
  const definition = policies?.tenants.get(id);
  if (policies === undefined)
    throw new MoveError(
      `The policy files in ${folder} have errors, and nothing was written: ${problems.filter(isError).map(printProblem)[0]}`,
    );
  if (definition === undefined)
    throw new MoveError(
      `No file in ${folder} has the tenant ${id}: name it as its file does, or check --environment`,
    );
  const { file } = definition.at;
  const source = parseSource(file, files.get(file) ?? "", new Problems());
  const written: TenantFile = tenantSchema.parse(source?.value);
  const rules = Object.fromEntries(
    TENANT_RULES.flatMap((key) => (written[key] === undefined ? [] : [[key, written[key]]])),
  );
  const path = join(folder, file);
  const compiled = findTenantItem(policies, id);
  if (compiled === undefined) throw new Error(`Unreachable: ${id} has no item`);
  // Without the tenant's own file, because the layout will not count its bindings.
  const others = new Map(policies.tenants);
  others.delete(id);
  const known = rulesFromItems(permissionItems({ ...policies, tenants: others }));
  const found = compileTenantRules({ id, plan: definition.plan, rules }, known);
  const errors = found.problems.filter(isError).map(({ message }) => message);
  if (errors.length > 0)
    throw new MoveError(`${path} cannot be one of run time, and nothing was written: ${errors.join("; ")}`);
  const own = Object.fromEntries([...TENANT_RULES, "needs"].map((key) => [key, compiled[key]]));
  if (canonicalJson(own) !== canonicalJson(found.content))
    throw new Error(`Unreachable: ${path} compiles in two ways`);
  const isShared = file.split("/").length === 2;
  return { path, isShared, compiled, rules: Object.keys(rules).length === 0 ? undefined : rules };
}

/** Changes the owner of an item from the files to run time. Returns false if it is of run time already. */
async function giveToRuntime(
  { client, table, ...store }: StoreOptions,
  key: Key,
  { rules, hash }: { readonly rules?: unknown; readonly hash?: unknown },
): Promise<boolean> {
  const current = await getItem({ client, table, ...store }, key);
  if (current === undefined)
    throw new MoveError(`The table has no item ${key.pk} ${key.sk}: publish the files first`);
  if (current["owner"] === RUNTIME_OWNER) return false;
  const generation = current["generation"];
  const next = stampRuntime({
    ...itemContent(current),
    ...(generation !== undefined && { generation }),
    rules,
  });
  const command = replaceItem(table, { owner: FILES_OWNER, hash: hash ?? current["hash"] }, next);
  try {
    await client.send(command);
    return true;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw new MoveError(`${key.pk} ${key.sk} was changed while the tenant moved: run the command again`);
  }
}

async function readTenantItem(store: StoreOptions, id: string): Promise<Item> {
  const item = await getItem(store, tenantItemKey(id));
  if (item === undefined || item["id"] !== id) throw unknownTenant(id);
  return item;
}

/** Terraform deletes an item that leaves its files, also if it has another owner by then. @throws KeeperError */
async function checkKeeper({ client, table }: StoreOptions): Promise<void> {
  const { keeper } = await new History(client, table).read();
  if (keeper !== undefined && keeper !== "publish")
    throw new KeeperError(
      `Terraform keeps the items of ${table} that the policy files own, and would delete or reject the tenant: let publish keep them, with npx portcullis handover publish --table ${shellQuote(table)}`,
    );
}
