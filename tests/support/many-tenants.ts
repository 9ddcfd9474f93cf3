/** How many tenants and memberships a generated file has, and what they refer to. */
export interface ManyTenants {
  readonly tenants: number;
  /** The memberships of each tenant. */
  readonly each: number;
  readonly plan: string;
  readonly issuer: string;
  readonly roles: readonly string[];
}

/** Returns the lines of an import of many tenants with their memberships, in the order in which an export has them. */
export function manyTenants({ tenants, each, plan, issuer, roles }: ManyTenants): string[] {
  return Array.from({ length: tenants }, (_, index) => {
    const id = `customer-${digits(index, 5)}`;
    const members = Array.from({ length: each }, (__, member) => ({
      membership: {
        tenant: id,
        to: { subject: `user-${digits(member, 6)}`, issuer },
        role: roles[(index + member) % roles.length],
      },
    }));
    return [{ tenant: { id, name: `Customer ${index}`, plan } }, ...members];
  })
    .flat()
    .map((line) => JSON.stringify(line));
}

const digits = (number: number, width: number): string => String(number).padStart(width, "0");
