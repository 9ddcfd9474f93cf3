import { CANDIDATE_SORT_KEY, routesText, SHADOW_PREFIX } from "../../core/decision/shadow.ts";
import { InternalError } from "../../core/model/errors.ts";
import { CATALOGUE_KEY, type Item, TENANT_SORT_KEY } from "../../core/model/items.ts";
import type { Layout } from "../../core/model/layout.ts";
import type { ItemReader } from "../table/dynamodb-reader.ts";

/** The table as the candidate would have it. */
export interface ShadowReader extends ItemReader {
  /** Names the candidate that was read last. */
  candidate(): string;
}

/**
 * Reads the candidate's items under the live items' keys. People, and tenants that sign-up keeps, are the live ones.
 *
 * @throws UnavailableError `layout_mismatch` where the candidate has other routes than the layout
 */
export function shadowReader(reader: ItemReader, layout: Layout): ShadowReader {
  const routes = routesText(
    layout.groups.flatMap((group) => group.routes),
    layout.tenantSelector,
  );
  let name = "";
  return {
    candidate: () => name,
    async catalogue() {
      const items = await reader.catalogue(SHADOW_PREFIX + CATALOGUE_KEY);
      const candidate = items.find(isCandidate);
      // Without it the candidate is not whole: nothing is decided by a part.
      if (candidate === undefined) return [];
      if (candidate["routes"] !== routes)
        throw new InternalError("layout_mismatch", "The candidate has other routes than this layout");
      name = String(candidate["state"]);
      return items.filter((item) => !isCandidate(item)).map(unshadowed);
    },
    async items(keys) {
      const tenants = keys.filter(isTenant);
      const shadows = tenants.map(({ pk, sk }) => ({ pk: SHADOW_PREFIX + pk, sk }));
      const found = await reader.items([...keys, ...shadows]);
      const own = found.filter(({ pk }) => String(pk).startsWith(SHADOW_PREFIX)).map(unshadowed);
      const live = found.filter(({ pk }) => !String(pk).startsWith(SHADOW_PREFIX));
      return [...own, ...live.filter((item) => !isTenant(item) || (own.length === 0 && isRunTime(item)))];
    },
  };
}

const isCandidate = ({ sk }: Item): boolean => sk === CANDIDATE_SORT_KEY;
const isTenant = ({ sk }: Readonly<Record<"sk", unknown>> | Item): boolean => sk === TENANT_SORT_KEY;
const isRunTime = ({ owner }: Item): boolean => owner === "runtime";
const unshadowed = (item: Item): Item => ({ ...item, pk: String(item["pk"]).slice(SHADOW_PREFIX.length) });
