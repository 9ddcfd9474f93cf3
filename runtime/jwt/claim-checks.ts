import { namesAt } from "../../core/decision/claim-readings.ts";
import { claimAt } from "../../core/decision/claims.ts";
import { isPath } from "../../core/model/claim-location.ts";
import { printShape, shapeOf } from "../../core/model/claim-shape.ts";
import type { Directory } from "../../core/model/directory.ts";
import { AuthenticationError } from "../../core/model/errors.ts";
import type { TokenKind } from "../../core/model/issuer.ts";
import type { IssuerItem } from "../../core/model/items.ts";
import { reported, type TokenReport } from "./token-finding.ts";

/** A token's claims or header members, by name. */
type Members = Readonly<Record<string, unknown>>;

/**
 * Checks that `exp`, `nbf` and `iat` are valid times in seconds, and that the token is valid now.
 *
 * @param time.at in ms since 1970
 * @param time.toleranceSeconds how far the clocks of issuer and Lambda may differ
 * @param report receives the findings; absent if nobody asks for them
 * @throws AuthenticationError `claims_invalid`, `token_not_yet_valid` or `token_expired`
 */
export function checkTimes(
  payload: Members,
  issuer: string,
  { at, toleranceSeconds }: { readonly at: number; readonly toleranceSeconds: number },
  report?: TokenReport,
): void {
  const now = Math.floor(at / 1_000);
  const [last, first] = [now + toleranceSeconds, now - toleranceSeconds];
  reported(
    report,
    () => ifPresent(payload, "iat", TIME),
    () => timeClaim(payload, "iat", issuer),
  );
  reported(
    report,
    () => ifPresent(payload, "nbf", `${printTime(last)} or before`),
    () => checkBegin(payload, issuer, last),
  );
  reported(
    report,
    () => factsAt(payload, ["exp"], [`after ${printTime(first)}`]),
    () => checkEnd(payload, issuer, first),
  );
}

function checkBegin(payload: Members, issuer: string, last: number): void {
  const begins = timeClaim(payload, "nbf", issuer);
  if (begins !== undefined && begins > last)
    throw new AuthenticationError("token_not_yet_valid", "The token is not valid yet", {
      issuer,
      claim: "nbf",
    });
}

function checkEnd(payload: Members, issuer: string, first: number): void {
  const expires = timeClaim(payload, "exp", issuer);
  if (expires === undefined) throw wrongShape(payload, "exp", issuer, TIME);
  if (expires <= first)
    throw new AuthenticationError("token_expired", "The token has expired", { issuer, claim: "exp" });
}

const printTime = (seconds: number): string => new Date(seconds * 1_000).toISOString();

/** Returns what a finding says about claims or header members. */
const factsAt = (members: Members, names: readonly string[], expected: readonly string[]) => ({
  names,
  expected,
  found: names.map((name) => own(members, name)),
});

const ifPresent = (members: Members, name: string, expected: string) =>
  own(members, name) === undefined ? undefined : factsAt(members, [name], [expected]);

/** The last second that a `Date` can represent, 13 September 275760. A token with a later `exp` would never expire. */
const LAST_SECOND = 8.64e12;

/** Reads a time, and rejects infinite ones: in JSON `1e999` is a number. */
function timeClaim(payload: Members, name: string, issuer: string): number | undefined {
  const value = own(payload, name);
  if (value === undefined) return undefined;
  if (typeof value === "number" && Math.abs(value) <= LAST_SECOND) return value;
  throw wrongShape(payload, name, issuer, TIME);
}

const TIME = "a finite number of seconds since 1970";

/**
 * Checks that one of the issuer's audience claims contains an accepted audience, and that none has another shape. If the
 * issuer's tokens have no audience, checks that there is none, and that the token's client is an accepted one.
 *
 * @throws AuthenticationError `audience_wrong` or `claims_invalid`
 */
export function checkAudience(
  payload: Members,
  item: IssuerItem,
  accepted: readonly string[],
  report?: TokenReport,
): void {
  if (item.noAudience) {
    checkNoAudience(payload, item, report);
    return;
  }
  const { audienceClaims } = item.kinds?.find((kind) => isOfKind(payload, kind)) ?? item;
  reported(
    report,
    () => factsAt(payload, audienceClaims, accepted),
    () => {
      let isAccepted = false;
      for (const name of audienceClaims)
        for (const audience of readAudiences(payload, name, item.name))
          isAccepted ||= accepted.includes(audience);
      if (!isAccepted) throw wrongAudience(payload, audienceClaims, item.name);
    },
  );
}

/** Claims that OpenID Connect defines for ID tokens alone. */
const ID_TOKEN_CLAIMS = ["nonce", "at_hash", "c_hash"];

function wrongAudience(payload: Members, names: readonly string[], issuer: string): AuthenticationError {
  const claim = names.find((name) => own(payload, name) !== undefined);
  const sign = ID_TOKEN_CLAIMS.find((name) => own(payload, name) !== undefined);
  const what =
    claim === undefined
      ? `The token names no audience in ${names.join(" or ")}`
      : "The token is for another audience";
  const hint =
    sign === undefined ? "" : `; it has ${sign}, so it is probably an ID token, not an access token`;
  return new AuthenticationError("audience_wrong", `${what}${hint}`, {
    issuer,
    claim: claim ?? names[0] ?? "aud",
    found: sign === undefined ? shapeAt(payload, claim ?? "") : "an ID token",
  });
}

const shapeAt = (members: Members, name: string): string => printShape(shapeOf(own(members, name)));

/** Creates the error for a claim of another shape. It names the shape, never the content. */
function wrongShape(payload: Members, claim: string, issuer: string, expected: string): AuthenticationError {
  const found = shapeAt(payload, claim);
  return new AuthenticationError(
    "claims_invalid",
    `The token's claim ${claim} is ${found}, but expected ${expected}`,
    { issuer, claim, found },
  );
}

function checkNoAudience(payload: Members, item: IssuerItem, report?: TokenReport): void {
  reported(
    report,
    () => factsAt(payload, ["aud"], [NOTHING]),
    () => {
      if (own(payload, "aud") !== undefined)
        throw new AuthenticationError(
          "audience_wrong",
          "The token has an audience, but its issuer's tokens for this API have none",
          { issuer: item.name },
        );
    },
  );
  const { clients, clientClaims } = item;
  if (clients === null) return;
  reported(
    report,
    () => factsAt(payload, clientClaims, [...clients]),
    () => {
      const client = clientClaims.map((name) => own(payload, name)).find((found) => found !== undefined);
      if (typeof client !== "string" || !clients.has(client))
        throw new AuthenticationError("audience_wrong", "The token's client is not an accepted one", {
          issuer: item.name,
        });
    },
  );
}

const NOTHING = "nothing";

const isOfKind = (payload: Members, { claim, value, orAbsent }: TokenKind): boolean => {
  const found = own(payload, claim);
  return found === value || (found === undefined && orAbsent === true);
};

function readAudiences(payload: Members, name: string, issuer: string): readonly string[] {
  const value = own(payload, name);
  if (value === undefined) return [];
  if (typeof value === "string") return [value];
  if (name === "aud" && Array.isArray(value) && value.every((entry) => typeof entry === "string"))
    return value;
  throw wrongShape(payload, name, issuer, name === "aud" ? "a string or a list of strings" : "a string");
}

/**
 * Checks `alg` against the algorithms of the configuration and of the issuer's preset, which may be fewer.
 *
 * @throws AuthenticationError `algorithm_not_allowed`
 */
export function checkAlgorithm(
  header: Members,
  { algorithms, name }: IssuerItem,
  configured: readonly string[],
  report?: TokenReport,
): void {
  const isAllowed = (algorithm: string): boolean => algorithms === null || algorithms.has(algorithm);
  reported(
    report,
    () => factsAt(header, ["alg"], configured.filter(isAllowed)),
    () => {
      if (!isAllowed(String(own(header, "alg"))))
        throw new AuthenticationError(
          "algorithm_not_allowed",
          "The token's algorithm is not one of its issuer's algorithms",
          { issuer: name },
        );
    },
  );
}

/**
 * Checks that a token of a tenant's directory has no tenant's claim, or one that names the tenant or the directory.
 *
 * @param directory the directory in `iss`; undefined when the issuer has no directories
 * @throws AuthenticationError `issuer_unknown`
 */
export function checkDirectory(payload: Members, item: IssuerItem, directory: Directory | undefined): void {
  if (directory === undefined) return;
  const { tenant: location } = item.claims;
  if (claimAt(payload, isPath(location) ? location : location.path) === undefined) return;
  const named = namesAt(payload, location);
  const own: readonly string[] = [directory.tenant, directory.name];
  if (named.length === 0 || !named.every((name) => own.includes(name)))
    throw new AuthenticationError("issuer_unknown", "The token's issuer is not its tenant's issuer", {
      issuer: item.name,
    });
}

/**
 * Checks the header's `typ`, because an ID token is not an access token.
 *
 * @throws AuthenticationError `token_type_wrong`
 */
export function checkType(header: Members, item: IssuerItem, report?: TokenReport): void {
  reported(
    report,
    () =>
      factsAt(
        header,
        ["typ"],
        item.types.map((type) => type || NOTHING),
      ),
    () => {
      const type = own(header, "typ") ?? "";
      const isAccepted =
        typeof type === "string" && item.types.includes(type.toLowerCase().replace(/^application\//, ""));
      if (!isAccepted) throw wrongType(type, item);
    },
  );
}

/**
 * Checks `token_use`, or the claim that distinguishes the issuer's kinds of tokens.
 *
 * @throws AuthenticationError `token_type_wrong`
 */
export function checkKind(
  payload: Members,
  { tokenUse, kinds, name }: IssuerItem,
  report?: TokenReport,
): void {
  if (tokenUse !== null)
    reported(
      report,
      () => factsAt(payload, ["token_use"], [tokenUse]),
      () => {
        if (own(payload, "token_use") !== tokenUse) throw wrongKind(payload, "token_use", [tokenUse], name);
      },
    );
  const [kind] = kinds ?? [];
  if (kinds === null || kind === undefined) return;
  reported(
    report,
    () => factsAt(payload, [kind.claim], kinds.map(printKind)),
    () => {
      const values = kinds.map(({ value }) => value);
      if (!kinds.some((one) => isOfKind(payload, one))) throw wrongKind(payload, kind.claim, values, name);
    },
  );
}

const printKind = ({ value, orAbsent }: TokenKind): string =>
  orAbsent === true ? `${value} or ${NOTHING}` : value;

/** The types of tokens that a message may name; any other is the caller's own text. */
const KNOWN_TYPES: readonly unknown[] = ["jwt", "at+jwt", "id_token+jwt", "logout+jwt", "dpop+jwt"];

function wrongType(type: unknown, { types, name }: IssuerItem): AuthenticationError {
  const short = typeof type === "string" ? type.toLowerCase().replace(/^application\//, "") : type;
  const found = type === "" ? "missing" : KNOWN_TYPES.includes(short) ? String(short) : "another type";
  const expected = types.map((one) => (one === "" ? "no typ" : one)).join(" or ");
  return new AuthenticationError(
    "token_type_wrong",
    `The token's typ is ${found}, but expected ${expected}`,
    { issuer: name, claim: "typ", found },
  );
}

const KIND_NAMES: Readonly<Record<string, string>> = { access: "an access token", id: "an ID token" };

function wrongKind(
  payload: Members,
  claim: string,
  values: readonly string[],
  issuer: string,
): AuthenticationError {
  const sent = own(payload, claim);
  const named = typeof sent === "string" && Object.hasOwn(KIND_NAMES, sent) ? KIND_NAMES[sent] : undefined;
  const found = named ?? `a token of another kind, whose ${claim} is ${shapeAt(payload, claim)}`;
  const expected = values.map((value) =>
    Object.hasOwn(KIND_NAMES, value) ? (KIND_NAMES[value] ?? value) : value,
  );
  return new AuthenticationError(
    "token_type_wrong",
    `The token is ${found}, but expected ${expected.join(" or ")} (${claim} ${values.join(" or ")})`,
    { issuer, claim, found: named ?? shapeAt(payload, claim) },
  );
}

/**
 * Rejects a token that is bound to a key by `cnf` (RFC 7800), unless its issuer's file accepts them for a time. The
 * possession of the key is not verified: API Gateway's cached responses would skip the check.
 *
 * @param at the time in ms since 1970
 * @throws AuthenticationError `token_bound`
 */
export function checkUnbound(payload: Members, item: IssuerItem, at: number, report?: TokenReport): void {
  if (own(payload, "cnf") === undefined) return;
  const until = item.staff ? null : item.boundTokensUntil;
  const expected = () => (until === null ? NOTHING : `${NOTHING} after ${printTime(until)}`);
  reported(
    report,
    () => factsAt(payload, ["cnf"], [expected()]),
    () => {
      if (until === null || at >= until * 1_000)
        throw new AuthenticationError(
          "token_bound",
          "The token is bound to a key by cnf, and its possession is not verified",
          { issuer: item.name },
        );
    },
  );
}

const own = (members: Members, name: string): unknown =>
  Object.hasOwn(members, name) ? members[name] : undefined;
