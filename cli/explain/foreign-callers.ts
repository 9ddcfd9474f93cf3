import { parseCaller } from "../../core/decision/caller.ts";
import { claimsAfterVerification, type IssuerAt, type VerifiedClaims } from "../../core/decision/claims.ts";
import { isDenial } from "../../core/decision/denial.ts";
import { collectFindings } from "../../core/decision/finding.ts";
import type { Directory } from "../../core/model/directory.ts";
import { AuthenticationError } from "../../core/model/errors.ts";
import type { IssuerItem, TenantItem } from "../../core/model/items.ts";
import type { ForeignDeps, ForeignRequest } from "../../core/policy-files/replay/foreign.ts";
import { joinWithOr } from "../../core/policy-files/source/suggestion.ts";
import {
  checkAudience,
  checkDirectory,
  checkKind,
  checkTimes,
  checkUnbound,
} from "../../runtime/jwt/claim-checks.ts";
import { findIssuer, matchDirectory } from "../../runtime/jwt/issuer-template.ts";
import type { TrustConfig } from "../../runtime/jwt/trust-config.ts";
import { UsageError } from "../shared/flags.ts";
import { tokenAdvice } from "./token-advice.ts";

type Claims = NonNullable<ForeignRequest["claims"]>;

/** An issuer, and what of its configuration is known. */
interface KnownIssuer {
  readonly item: IssuerItem;
  readonly directory: Directory | undefined;
  /** Undefined: not known, so they are not checked. */
  readonly audiences: readonly string[] | undefined;
  /** Finds the issuer of a delegate; undefined if only the token's own issuer is known. */
  readonly issuerAt: IssuerAt | undefined;
}

/**
 * Creates the reader of the claims that another authorizer logged. It checks them as the authorizer does, except what
 * only the token or the configuration has: signature and header, the times of a line without `time`, and without
 * `trust` the audience.
 *
 * @param tenants list their directories
 * @param trust finds the issuer by `iss`; undefined if all claims are of the only issuer
 */
export function foreignCallers(
  issuers: ReadonlyMap<string, IssuerItem>,
  tenants: ReadonlyMap<string, TenantItem>,
  trust: TrustConfig | undefined,
): ForeignDeps["readCaller"] {
  const issuerOf = trust === undefined ? onlyIssuer(issuers) : issuerByUrl(issuers, tenants, trust);
  const tolerance = trust?.clockToleranceSeconds ?? 30;
  return (claims, selected, time) => {
    try {
      const verified = readClaims(claims, issuerOf(claims), time, tolerance);
      const { result: caller, findings } = collectFindings((report) =>
        parseCaller(verified, selected, report),
      );
      return isDenial(caller)
        ? { denial: caller, findings }
        : { caller, readsMemberships: verified.issuer.memberships !== null };
    } catch (error) {
      if (!(error instanceof AuthenticationError)) throw error;
      return { code: error.code, why: [error.message, `to change: ${tokenAdvice(error)}`] };
    }
  };
}

function onlyIssuer(issuers: ReadonlyMap<string, IssuerItem>): () => KnownIssuer {
  const [item, ...others] = issuers.values();
  if (item === undefined || others.length > 0)
    throw new UsageError(
      `--issuers is missing: ${
        item === undefined
          ? "issuers.yaml has no issuer"
          : `the claims may be of ${joinWithOr([...issuers.keys()])}, and FILE has the URL of each`
      }`,
    );
  return () => ({ item, directory: undefined, audiences: undefined, issuerAt: undefined });
}

function issuerByUrl(
  issuers: ReadonlyMap<string, IssuerItem>,
  tenants: ReadonlyMap<string, TenantItem>,
  trust: TrustConfig,
): (claims: Claims) => KnownIssuer {
  const owner = (issuer: IssuerItem["name"], name: string): Directory | undefined => {
    const tenant = [...tenants.values()].find(({ directories }) => directories.get(issuer) === name);
    return tenant && { name, tenant: tenant.id };
  };
  const issuerAt: IssuerAt = (url) => trust.issuers.find((issuer) => issuer.url === url)?.name;
  return ({ iss }) => {
    const config = findIssuer(trust.issuers, iss);
    const item = config && issuers.get(config.name);
    const name = config && matchDirectory(config.url, String(iss));
    const directory = config && name ? owner(config.name, name) : undefined;
    if (config === undefined || item === undefined || (name !== undefined && directory === undefined))
      throw new AuthenticationError("issuer_unknown", "The token's issuer is not trusted");
    return { item, directory, audiences: config.audiences, issuerAt };
  };
}

function readClaims(
  payload: Claims,
  { item, directory, audiences, issuerAt }: KnownIssuer,
  time: number | undefined,
  tolerance: number,
): VerifiedClaims {
  if (time !== undefined) checkTimes(payload, item.name, { at: time * 1_000, toleranceSeconds: tolerance });
  checkDirectory(payload, item, directory);
  checkKind(payload, item);
  if (audiences !== undefined || item.noAudience) checkAudience(payload, item, audiences ?? []);
  checkUnbound(payload, item, time === undefined ? Date.now() : time * 1_000);
  return claimsAfterVerification(item, payload, directory, issuerAt);
}
