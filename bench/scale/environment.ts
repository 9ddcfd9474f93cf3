import { staleCache } from "../../runtime/cache/stale-reads.ts";
import { FRESH } from "../../runtime/jwt/issuer-keys.ts";
import { CALLERS, TENANTS } from "../../runtime/table/permissions-table.ts";
import type { Call } from "./gateway.ts";

/** What a call reads: of the table, and of the issuer. */
export interface Reads {
  readonly catalogue: boolean;
  readonly tenant: boolean;
  readonly people: boolean;
  readonly keys: boolean;
  /** Of what it decides by, the oldest part's age in seconds. */
  readonly age: number;
}

/** One execution environment's memory. */
export interface Environment {
  decide(call: Call): Reads;
}

/** The authorizer's own memories with their own sizes, asked as `permissionsTable` asks them. @param ttl in seconds */
export function environment(ttl: number): Environment {
  let clock = 0;
  const limits = { ttl: ttl * 1_000, stale: 0, now: () => clock };
  const catalogue = staleCache<number>({ capacity: 1, ...limits });
  const tenants = staleCache<number>({ capacity: TENANTS, ...limits });
  const callers = staleCache<number>({ capacity: CALLERS, ...limits });
  const keySet = staleCache<number>({ ...limits, capacity: 1, ttl: FRESH });
  const reads = (known: typeof tenants, key: string): number => {
    const since = known.fresh(key);
    if (since !== undefined) return clock - since;
    known.set(key, clock, clock);
    return Number.NaN;
  };
  return {
    decide({ at, tenant, token }) {
      clock = at * 1_000;
      const ages = [
        reads(catalogue, ""),
        reads(tenants, String(tenant)),
        reads(callers, `${tenant} ${token}`),
      ];
      const [all, own, membershipState] = ages.map(Number.isNaN) as [boolean, boolean, boolean];
      const age = Math.max(...ages.map((each) => (Number.isNaN(each) ? 0 : each))) / 1_000;
      return {
        catalogue: all,
        tenant: own,
        people: membershipState,
        keys: Number.isNaN(reads(keySet, "")),
        age,
      };
    },
  };
}
