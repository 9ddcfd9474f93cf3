/** A role as a file has it. */
export interface WrittenRole {
  readonly description?: string | undefined;
  /** Roles whose grants this role has too. */
  readonly extends?: readonly string[] | undefined;
  /** Permissions, or methods and paths; with `where`, parameters that must equal the caller's own values. */
  readonly allow?: readonly (string | WrittenGrant)[] | undefined;
  readonly except?: readonly string[] | undefined;
}

interface WrittenGrant {
  readonly route: string;
  /** `subject`, `tenant` or `claim.<name>`, by parameter. */
  readonly where?: Readonly<Record<string, string>> | undefined;
}

/** What is taken from a role or a client: everything, or these routes. */
export type WrittenChange = "none" | { readonly except: readonly string[] };

type Changes = Readonly<Record<string, WrittenChange>>;

/** What a tenant's roles may do, as its file has it. */
export interface TenantRules {
  /** What the tenant takes from shared roles. */
  readonly changes?: Changes | undefined;
  /** Routes that no role grants in this tenant. */
  readonly never?: readonly string[] | undefined;
  /** The tenant's own roles, within the plan's ceiling. */
  readonly roles?: Readonly<Record<string, WrittenRole>> | undefined;
  /** What the tenant takes from the ceilings of clients, by issuer. */
  readonly clients?:
    | Readonly<
        Record<
          string,
          {
            readonly default?: WrittenChange | undefined;
            readonly clients?: Changes | undefined;
            readonly delegates?: Changes | undefined;
          }
        >
      >
    | undefined;
}
