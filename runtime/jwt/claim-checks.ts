import { claimAt, namesIn } from "../../core/decision/claims.ts";
import { AuthenticationError } from "../../core/model/errors.ts";
import type { IssuerItem } from "../../core/model/items.ts";

/** A token's claims or header members, by name. */
type Members = Readonly<Record<string, unknown>>;

/** Whether a payload that was verified before still holds: its `exp` and `nbf`, in seconds. */
export function checkTimes(payload: Members, issuer: string, at: number, toleranceSeconds: number): void {
  const now = Math.floor(at / 1_000);
  const expires = timeClaim(payload, "exp", issuer);
  const begins = timeClaim(payload, "nbf", issuer);
  timeClaim(payload, "iat", issuer);
  if (expires === undefined)
    throw new AuthenticationError("claims_invalid", "The token's claim exp is missing or not valid", {
      issuer,
    });
  if (begins !== undefined && begins > now + toleranceSeconds)
    throw new AuthenticationError("token_not_yet_valid", "The token is not valid yet", { issuer });
  if (expires <= now - toleranceSeconds)
    throw new AuthenticationError("token_expired", "The token has expired", { issuer });
}

/** The last second that a date can hold, 13 September 275760: a later `exp` would be a token without an end. */
const LAST_SECOND = 8.64e12;

/** JSON's `1e999` is a number, and infinite. */
function timeClaim(payload: Members, name: string, issuer: string): number | undefined {
  const value = own(payload, name);
  if (value === undefined) return undefined;
  if (typeof value === "number" && Math.abs(value) <= LAST_SECOND) return value;
  throw new AuthenticationError("claims_invalid", `The token's claim ${name} is missing or not valid`, {
    issuer,
  });
}

/** One of the issuer's audience claims must name an accepted audience; none may be of another shape. */
export function checkAudience(payload: Members, item: IssuerItem, accepted: readonly string[]): void {
  let isAccepted = false;
  for (const name of item.audienceClaims)
    for (const audience of audiencesIn(payload, name, item.name)) isAccepted ||= accepted.includes(audience);
  if (!isAccepted)
    throw new AuthenticationError("audience_wrong", "The token is for another audience", {
      issuer: item.name,
    });
}

function audiencesIn(payload: Members, name: string, issuer: string): readonly string[] {
  const value = own(payload, name);
  if (value === undefined) return [];
  if (typeof value === "string") return [value];
  if (name === "aud" && Array.isArray(value) && value.every((entry) => typeof entry === "string"))
    return value;
  throw new AuthenticationError("claims_invalid", `The token's claim ${name} is not valid`, { issuer });
}

/** An issuer's product may sign with less than the configuration allows. */
export function checkAlgorithm(header: Members, { algorithms, name }: IssuerItem): void {
  if (algorithms !== null && !algorithms.has(String(own(header, "alg"))))
    throw new AuthenticationError(
      "algorithm_not_allowed",
      "The token's algorithm is not one of its issuer's",
      {
        issuer: name,
      },
    );
}

/**
 * Where one configured issuer stands for many directories, each speaks for the tenant of its name alone.
 *
 * @param directory the one in `iss`; undefined where the issuer is one
 */
export function checkDirectory(payload: Members, item: IssuerItem, directory: string | undefined): void {
  if (directory === undefined) return;
  const [tenant, ...others] = namesIn(claimAt(payload, item.claims.tenant));
  if (tenant !== directory || others.length > 0)
    throw new AuthenticationError("issuer_unknown", "The token's issuer is not the one of its tenant", {
      issuer: item.name,
    });
}

/** The header's `typ` and the claim `token_use`: an ID token is no access token. */
export function checkType(header: Members, payload: Members, item: IssuerItem): void {
  const type = own(header, "typ") ?? "";
  const known =
    typeof type === "string" && item.types.includes(type.toLowerCase().replace(/^application\//, ""));
  if (!known)
    throw new AuthenticationError("token_type_wrong", "The token's typ is not one of its issuer's", {
      issuer: item.name,
    });
  if (item.tokenUse !== null && own(payload, "token_use") !== item.tokenUse)
    throw new AuthenticationError("token_type_wrong", `The token's token_use is not ${item.tokenUse}`, {
      issuer: item.name,
    });
}

const own = (members: Members, name: string): unknown =>
  Object.hasOwn(members, name) ? members[name] : undefined;
