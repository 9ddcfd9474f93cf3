import { CANDIDATE_SORT_KEY, routesText, SHADOW_PREFIX } from "../../core/decision/shadow.ts";
import { InternalError } from "../../core/model/errors.ts";
import { CATALOGUE_KEY, type Item, TENANT_SORT_KEY } from "../../core/model/items.ts";
import type { Layout } from "../../core/model/layout.ts";
import type { ItemReader } from "../table/dynamodb-reader.ts";

/** A reader of the table as the candidate would have it. */
export interface ShadowReader extends ItemReader {
  /** Returns the name of the candidate that was read last. */
  candidate(): string;
}

/**
 * Creates a reader that returns the candidate's items under the keys of the live items. Memberships, revocations and
 * tenants with the owner `runtime` are the live ones.
 *
 * The reader's `catalogue` throws an InternalError `layout_mismatch` when the candidate and the layout have different
 * routes.
 */
export function shadowReader(reader: ItemReader, layout: Layout): ShadowReader {
  const routes = routesText(
    layout.groups.flatMap((group) => group.routes),
    layout.tenantSelector,
  );
  let name = "";
  return {
    candidate: () => name,
    async catalogue(pk = CATALOGUE_KEY) {
      // Kill switches are the live ones: a candidate has none.
      if (pk !== CATALOGUE_KEY) return reader.catalogue(pk);
      const items = await reader.catalogue(SHADOW_PREFIX + CATALOGUE_KEY);
      const candidate = items.find(isCandidate);
      // Without this item the candidate is incomplete, and an incomplete candidate decides nothing.
      if (candidate === undefined) return [];
      if (candidate["routes"] !== routes)
        throw new InternalError("layout_mismatch", "The candidate and this layout have different routes");
      name = String(candidate["state"]);
      return items.filter((item) => !isCandidate(item)).map(toLiveKey);
    },
    async items(keys) {
      const tenants = keys.filter(isTenant);
      const shadows = tenants.map(({ pk, sk }) => ({ pk: SHADOW_PREFIX + pk, sk }));
      const found = await reader.items([...keys, ...shadows]);
      const live = found.filter(({ pk }) => !String(pk).startsWith(SHADOW_PREFIX));
      const generation = live.find(isTenant)?.["generation"] ?? NEW_TENANT;
      const own = found
        .filter(({ pk }) => String(pk).startsWith(SHADOW_PREFIX))
        .map((item) => ({ ...toLiveKey(item), generation }));
      return [...own, ...live.filter((item) => !isTenant(item) || (own.length === 0 && isRuntimeItem(item)))];
    },
  };
}

/** The generation of a tenant that only the candidate has: no membership has it. */
const NEW_TENANT = "candidate";

const isCandidate = ({ sk }: Item): boolean => sk === CANDIDATE_SORT_KEY;
const isTenant = ({ sk }: Readonly<Record<"sk", unknown>> | Item): boolean => sk === TENANT_SORT_KEY;
const isRuntimeItem = ({ owner }: Item): boolean => owner === "runtime";
const toLiveKey = (item: Item): Item => ({ ...item, pk: String(item["pk"]).slice(SHADOW_PREFIX.length) });
