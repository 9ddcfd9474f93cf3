import { CANDIDATE_SORT_KEY, routesText, SHADOW_PREFIX } from "../../decision/shadow.ts";
import { CATALOGUE_KEY, ITEM_VERSION, type Item } from "../../model/items.ts";
import { FILES_OWNER, permissionItems } from "../compile/permission-items.ts";
import { guardedRoutes } from "../model/operation.ts";
import type { PolicySet } from "../model/policy-set.ts";
import { hashState, hasValidStamp } from "./item-state.ts";

/** Who keeps a candidate's items: neither publish nor sign-up concern themselves with them. */
export const SHADOW_OWNER = "shadow";

/** Where a candidate comes from. */
export interface CandidateOrigin {
  readonly environment: string;
  /** The commit of its files; null where it is not known. */
  readonly commit: string | null;
  readonly dirty: boolean;
}

/** A candidate as the table keeps it. */
export interface Candidate extends CandidateOrigin {
  /** {@link hashState} its items, by which log lines name it. */
  readonly state: string;
  /** As they would be live. */
  readonly items: readonly Item[];
}

/** A policy set's items as a candidate's: the live ones, in partitions of their own. */
export function candidateItems(policies: PolicySet, origin: CandidateOrigin): readonly [Item, ...Item[]] {
  const items = permissionItems(policies);
  const mark = {
    pk: SHADOW_PREFIX + CATALOGUE_KEY,
    sk: CANDIDATE_SORT_KEY,
    v: ITEM_VERSION,
    owner: SHADOW_OWNER,
    state: hashState(items),
    routes: routesOf(policies),
    ...origin,
  };
  const shadows = items.map((item) => ({
    ...item,
    pk: SHADOW_PREFIX + String(item["pk"]),
    owner: SHADOW_OWNER,
  }));
  return [mark, ...shadows];
}

const routesOf = ({ api }: PolicySet): string => routesText(guardedRoutes(api), api.tenantSelector);

/** What a candidate has of routes and live files have not (+), and the other way round (-); empty where they agree. */
export function otherRoutes(candidate: PolicySet, live: PolicySet): string[] {
  const ours = routesOf(candidate).split("\n");
  const theirs = routesOf(live).split("\n");
  return [
    ...ours.filter((line) => !theirs.includes(line)).map((line) => `+ ${line}`),
    ...theirs.filter((line) => !ours.includes(line)).map((line) => `- ${line}`),
  ];
}

/** A candidate that is not whole, or was changed by hand. */
export class CandidateError extends Error {}

/**
 * The candidate in its items; undefined where there is none.
 *
 * @throws CandidateError
 */
export function readCandidate(shadows: readonly Item[]): Candidate | undefined {
  if (shadows.length === 0) return undefined;
  const mark = shadows.find(({ sk }) => sk === CANDIDATE_SORT_KEY);
  const items = shadows
    .filter((item) => item !== mark)
    .map((item) => ({ ...item, pk: String(item["pk"]).slice(SHADOW_PREFIX.length), owner: FILES_OWNER }));
  if (mark === undefined || !items.every(hasValidStamp) || hashState(items) !== mark["state"])
    throw new CandidateError(
      "The candidate is not as it was published: publish it again with publish --shadow",
    );
  const { state, environment, commit, dirty } = mark as unknown as Candidate;
  return { state, environment, commit: commit ?? null, dirty: dirty ?? false, items };
}
