import type { ApiContext, Identity, ModelRequest } from "../oracle/naive-model.ts";
import type { Random } from "./random.ts";
import { OWN_NAMES, ROUTES, SHARED, SUBJECTS, type World } from "./world.ts";

const PER_TENANT = 4;
const SEVERAL = 120;
const FLAWED = 20;
/** So many identities of each kind make most requests: what a cache is for. */
const FREQUENT = 15;
const FLAWS = ["expired", "signature", "audience", "issuer", "malformed", "absent"] as const;
const ROLE_NAMES = [...Object.keys(SHARED), ...OWN_NAMES, "nobody"];

/** Well-formed requests without end, in an order that the seed decides. */
export function createTraffic(world: World, { selector }: ApiContext, random: Random): () => ModelRequest {
  const tenants = [...world.tenants.keys()];
  const identities = makeIdentities(tenants, random);
  const frequent = frequentOf(identities, world, random);

  function selected(identity: Identity): string | undefined {
    if (selector === "claim" || random.chance(0.02)) return undefined;
    return random.chance(0.85) ? random.pick(Object.keys(identity.roles)) : memberTenant(identity);
  }

  /** A tenant that the token does not name; often one in which the subject has a membership. */
  function memberTenant({ subject }: Identity): string {
    const member = world.memberships.filter((held) => held.subject === subject);
    return member.length > 0 && random.chance(0.7) ? random.pick(member).tenant : random.pick(tenants);
  }

  return () => {
    const identity = random.pick(random.chance(0.7) ? frequent : identities);
    const tenant = selected(identity);
    return {
      identity,
      selected: tenant,
      route: random.chance(0.02) ? undefined : random.whole(ROUTES.length),
      parameters: {
        documentId: `d${random.whole(1_000)}`,
        reportId: `r${random.whole(1_000)}`,
        userId: random.chance(0.5) ? identity.subject : random.pick(SUBJECTS),
        orgId: random.chance(0.7)
          ? (tenant ?? Object.keys(identity.roles)[0] ?? "none")
          : random.pick(tenants),
      },
    };
  };
}

/** Of those with several tenants and with one as many, and some of tenants that are suspended and reinstated. */
function frequentOf(identities: readonly Identity[], world: World, random: Random): Identity[] {
  const tenantsOf = ({ roles }: Identity): string[] => Object.keys(roles);
  const kinds = [
    identities.filter((identity) => tenantsOf(identity).length > 1),
    identities.filter((identity) => tenantsOf(identity).length === 1),
    identities.filter((identity) => tenantsOf(identity).some((id) => world.tenants.get(id)?.isRuntime)),
  ];
  return kinds.flatMap((kind) => random.some(kind, FREQUENT));
}

function makeIdentities(tenants: readonly string[], random: Random): Identity[] {
  let count = 0;
  const identity = (names: readonly string[], flaw?: Identity["flaw"]): Identity => ({
    issuer: random.chance(0.15) ? "partner" : "main",
    subject: random.pick(SUBJECTS),
    roles: Object.fromEntries(
      names.map((tenant) => [tenant, random.some(ROLE_NAMES, 1 + random.whole(2))] as const),
    ),
    scopes: random.chance(0.5) ? ["docs:write", "docs:list"] : [],
    email: `person-${count++}@example.com`,
    flaw,
  });
  return [
    ...tenants.flatMap((tenant) => Array.from({ length: PER_TENANT }, () => identity([tenant]))),
    ...Array.from({ length: SEVERAL }, () => identity(random.some(tenants, 3))),
    ...Array.from({ length: FLAWED }, (_, index) =>
      identity([random.pick(tenants)], FLAWS[index % FLAWS.length]),
    ),
    identity(["ghost"]),
    identity(["ghost"]),
  ];
}

/** The request's path, as it is sent. */
export function pathOf({ route, parameters }: ModelRequest): string {
  const path = route === undefined ? "/health" : (ROUTES[route]?.path ?? "");
  return path.replace(/\{(\w+)\}/g, (_, name: keyof ModelRequest["parameters"]) => parameters[name]);
}
