import {
  type ClaimLocation,
  claimLocation,
  type SubjectLocation,
  subjectLocation,
} from "./claim-location.ts";
import { type ClientCeilings, readCeilings, type WrittenCeilings } from "./client-ceilings.ts";
import { BY_DIRECTORY } from "./directory.ts";
import { type IssuerName, issuerName, type RoleName, roleName, type TenantId, tenantId } from "./ids.ts";
import { type ClaimPath, claimPath, type FieldReader, fieldReader, stringList } from "./item-reader.ts";

declare const written: unique symbol;

/** Reads one field of an issuer's item: `Written` is its JSON in the item, `Read` is the value that is returned. */
type Field<Written, Read> = ((fields: FieldReader, name: string) => Read) & { readonly [written]?: Written };

const strings: Field<readonly string[], readonly string[]> = (fields, name) => fields.strings(name);

const nullable =
  <Written, Read>(read: Field<Written, Read>): Field<Written | undefined, Read | null> =>
  (fields, name) =>
    fields.optional(name, () => read(fields, name)) ?? null;

const oneOf =
  <const Name extends string>(...names: readonly Name[]): Field<Name, Name> =>
  (fields, name) => {
    const found = names.find((one) => one === fields.value(name));
    if (found === undefined) throw fields.invalid(name);
    return found;
  };

/** Where a token holds what. */
interface ClaimLocations {
  readonly tenant: ClaimLocation;
  readonly roles: ClaimLocation;
  readonly scopes: ClaimLocation;
  readonly subject: SubjectLocation;
}

const claimLocations: Field<ClaimLocations, ClaimLocations> = (fields, name) => {
  const claims = fieldReader(fields.value(name), fields.name);
  return {
    tenant: claimLocation(claims, "tenant"),
    roles: claimLocation(claims, "roles"),
    scopes: claimLocation(claims, "scopes"),
    subject: subjectLocation(claims, "subject"),
  };
};

const tenants: Field<"*" | readonly string[], ReadonlySet<TenantId> | null> = (fields, name) =>
  fields.value(name) === "*" ? null : new Set(fields.strings(name).map(tenantId));

const coveredTenants: Field<
  "*" | typeof BY_DIRECTORY | readonly string[],
  ReadonlySet<TenantId> | typeof BY_DIRECTORY | null
> = (fields, name) => (fields.value(name) === BY_DIRECTORY ? BY_DIRECTORY : tenants(fields, name));

const foreignTenants: Field<"*" | readonly string[] | undefined, "*" | ReadonlySet<TenantId>> = (
  fields,
  name,
) => fields.optional(name, (field) => tenants(fields, field) ?? "*") ?? new Set();

const roleLists: Field<
  Readonly<Record<string, readonly string[]>>,
  ReadonlyMap<string, readonly RoleName[]>
> = (fields, name) =>
  new Map(
    fields.entries(name).map(([group, roles]) => [group, stringList(fields, group, roles).map(roleName)]),
  );

const forwardedClaims: Field<
  Readonly<Record<string, ClaimPath>> | undefined,
  ReadonlyMap<string, ClaimPath>
> = (fields, name) =>
  new Map(
    (fields.optional(name, fields.entries) ?? []).map(([key, at]) => [key, claimPath(fields, key, at)]),
  );

/** A kind of token of an issuer, which a signed claim distinguishes from its other kinds (RFC 8725, section 3.12). */
export interface TokenKind {
  readonly claim: string;
  readonly value: string;
  /** Whether a token without the claim is of this kind too. Never for an issuer with several kinds. */
  readonly orAbsent?: true | undefined;
  /** Claims that may name the audience of a token of this kind. */
  readonly audienceClaims: readonly string[];
}

const tokenKinds: Field<readonly TokenKind[], readonly TokenKind[]> = (fields, name) => {
  const found = fields.value(name);
  if (!Array.isArray(found) || found.length === 0) throw fields.invalid(name);
  return found.map((kind) => {
    const read = fieldReader(kind, fields.name);
    return {
      claim: read.string("claim"),
      value: read.string("value"),
      ...(flag(read, "orAbsent") && { orAbsent: true as const }),
      audienceClaims: read.strings("audienceClaims"),
    };
  });
};

const time: Field<number, number> = (fields, name) => fields.time(name);

const flag: Field<true | undefined, boolean> = (fields, name) => {
  const found = fields.value(name);
  if (found !== undefined && found !== true) throw fields.invalid(name);
  return found === true;
};

/** The algorithms that an issuer may sign with: asymmetric ones only. */
export const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

/** Which tokens of an issuer are accepted, and where its keys are. For other issuers Terraform's `issuers` says it. */
export interface IssuerTrust {
  /** The exact value of `iss`. */
  readonly url: string;
  /** The URL of the key set; undefined means that discovery below `url` finds it. */
  readonly jwksUri?: string | undefined;
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
}

const issuerTrust: Field<IssuerTrust, IssuerTrust> = (fields, name) => {
  const read = fieldReader(fields.value(name), fields.name);
  const algorithms = read.strings("algorithms");
  if (!algorithms.every((one) => (ALGORITHMS as readonly string[]).includes(one)))
    throw read.invalid("algorithms");
  return {
    url: read.string("url"),
    jwksUri: read.optional("jwksUri", read.string),
    audiences: read.strings("audiences"),
    algorithms,
  };
};

/** How many values a forwarded list has at most to satisfy a binding, unless the issuer's file says otherwise. */
export const LIST_LIMIT = 5;

/** Every setting of a trusted issuer, declared once: the types of the item and its reader result from this table. */
const ISSUER_FIELDS = {
  /**
   * The tenants that it may issue tokens for; null means every tenant. `by_directory` means that each tenant that lists a
   * directory of it has an `iss` of its own. An older reader rejects that item.
   */
  tenants: coveredTenants,
  claims: claimLocations,
  /** Claims that may name the client that the token was issued to; the first one present counts. */
  clientClaims: ((fields, name) => fields.optional(name, fields.strings) ?? ["client_id", "azp"]) as Field<
    readonly string[] | undefined,
    readonly string[]
  >,
  /** Claims that may name the audience; one of them must name an accepted audience. */
  audienceClaims: strings,
  /**
   * What each client may do at most; null means that there are no ceilings. An item with ceilings needs a reader that knows
   * `clients`.
   */
  ceilings: ((fields, name) =>
    fields.optional(name, (field) => readCeilings(fields, field)) ?? null) as Field<
    WrittenCeilings | undefined,
    ClientCeilings | null
  >,
  /**
   * Whether tokens must have no `aud`. Then `audienceClaims` is empty, and `clients`, `types` or `tokenUse` say which
   * tokens are for the API.
   */
  noAudience: flag,
  /** The clients whose tokens are accepted, for `noAudience`; null means that the client is not checked. */
  clients: nullable<readonly string[], ReadonlySet<string>>((fields, name) => new Set(fields.strings(name))),
  /**
   * The kinds of token that are accepted, each with its own audience claims; null means that `tokenUse` and
   * `audienceClaims` hold for all. Else `audienceClaims` is empty, so that an older reader accepts no token.
   */
  kinds: nullable(tokenKinds),
  /** Accepted `typ` headers in lower case, without `application/`; the empty string means no header. */
  types: strings,
  /** The value that the claim `token_use` must have; null means that it is not checked. */
  tokenUse: nullable<string, string>((fields, name) => fields.string(name)),
  /** The configured algorithms that its tokens may be signed with; null means all of them. */
  algorithms: nullable<readonly string[], ReadonlySet<string>>(
    (fields, name) => new Set(fields.strings(name)),
  ),
  /** Maps a group's name in the token to our roles; null means that the token names our roles. */
  roleNames: nullable(roleLists),
  /** Claims that are forwarded to backends, by their key in the context. */
  pass: forwardedClaims,
  /** How many values a list has at most to satisfy a binding, by the claim's key in `pass`. Default: {@link LIST_LIMIT}. */
  listLimits: ((fields, name) =>
    new Map(
      (fields.optional(name, fields.entries) ?? []).map(([key, limit]) => {
        if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1) throw fields.invalid(name);
        return [key, limit];
      }),
    )) as Field<Readonly<Record<string, number>> | undefined, ReadonlyMap<string, number>>,
  /**
   * What may be left out of the context after the scopes if it is too large: keys of `pass`, and `roles`. An older reader
   * denies such a request.
   */
  mayOmit: ((fields, name) => fields.optional(name, fields.strings) ?? []) as Field<
    readonly string[] | undefined,
    readonly string[]
  >,
  /** Whether memberships in the table add to the token's roles or replace them; null means that none are read. */
  memberships: nullable(oneOf("merge", "instead")),
  /**
   * Whether its users are the provider's own staff. A role in a tenant then needs an end and a reason, and the
   * caller is named as `actor`.
   */
  staff: flag,
  /**
   * Whether it is marked as the owner of its tenants' people, where several issuers may speak for a tenant; null means
   * that it is not marked.
   */
  subjects: nullable(oneOf("own")),
  /**
   * The tenants whose people another issuer owns. There its subjects satisfy no binding to `subject`, unless the tenant
   * accepts no other issuer. For staff, it is every tenant.
   */
  foreignIn: foreignTenants,
  /**
   * When tokens that are bound to a key (`cnf`) are no longer accepted without proof of possession, in seconds since
   * 1970; null means that they never are. It only widens, so an older reader may ignore it.
   */
  boundTokensUntil: nullable(time),
  /** What the files say of an issuer with a URL, which has an item of its own; null for an issuer of the catalogue. */
  trust: nullable(issuerTrust),
} as const;

type Fields = typeof ISSUER_FIELDS;
type WrittenAs<F> = F extends Field<infer Written, unknown> ? Written : never;
type Optional = { [K in keyof Fields]: undefined extends WrittenAs<Fields[K]> ? K : never }[keyof Fields];

/** A trusted issuer, and where its tokens hold what. The settings of its preset are expanded here. */
export type IssuerItem = { readonly name: IssuerName; readonly hash: string } & {
  readonly [K in keyof Fields]: ReturnType<Fields[K]>;
};

/** An issuer's settings as JSON: what the table's item holds. */
export type IssuerSettings = { readonly [K in Exclude<keyof Fields, Optional>]: WrittenAs<Fields[K]> } & {
  readonly [K in Optional]?: WrittenAs<Fields[K]>;
};

/** Reads an issuer's item. @throws InternalError `item_invalid` */
export function readIssuer(fields: FieldReader): IssuerItem {
  const settings = Object.entries(ISSUER_FIELDS).map(([name, read]) => [name, read(fields, name)]);
  return {
    name: issuerName(fields.string("name")),
    hash: fields.string("hash"),
    ...(Object.fromEntries(settings) as { [K in keyof Fields]: ReturnType<Fields[K]> }),
  };
}
