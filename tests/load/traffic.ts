import type { ApiContext, Identity, ModelRequest } from "../oracle/naive-model.ts";
import type { Random } from "./random.ts";
import { OWN_NAMES, ROUTES, SHARED, SUBJECTS, type World } from "./world.ts";

/** The number of identities with one tenant, for each tenant. */
const PER_TENANT = 4;
/** The number of identities with several tenants. */
const SEVERAL = 120;
/** The number of identities with an invalid token. */
const FLAWED = 20;
/** The number of identities of each kind that send most requests, so that caches are used. */
const FREQUENT = 15;
const FLAWS = ["expired", "signature", "audience", "issuer", "malformed", "absent"] as const;
const ROLE_NAMES = [...Object.keys(SHARED), ...OWN_NAMES, "nobody"];

/** Creates a function that returns an endless series of well-formed requests, which depends only on the seed. */
export function createTraffic(world: World, { selector }: ApiContext, random: Random): () => ModelRequest {
  const tenants = [...world.tenants.keys()];
  const identities = makeIdentities(tenants, random);
  const frequent = pickFrequent(identities, world, random);

  function selected(identity: Identity): string | undefined {
    if (selector === "claim" || selector === "path" || random.chance(0.02)) return undefined;
    return random.chance(0.85) ? random.pick(Object.keys(identity.roles)) : memberTenant(identity);
  }

  /** Returns a tenant that the token does not name, often one where the subject has a membership. */
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

/** Picks as many identities with several tenants as with one, and some of run-time tenants. */
function pickFrequent(identities: readonly Identity[], world: World, random: Random): Identity[] {
  const tenantIds = ({ roles }: Identity): string[] => Object.keys(roles);
  const kinds = [
    identities.filter((identity) => tenantIds(identity).length > 1),
    identities.filter((identity) => tenantIds(identity).length === 1),
    identities.filter((identity) => tenantIds(identity).some((id) => world.tenants.get(id)?.isRuntime)),
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

/** Returns the path of a request. */
export function requestPath({ route, parameters }: ModelRequest): string {
  const path = route === undefined ? "/health" : (ROUTES[route]?.path ?? "");
  return path.replace(/\{(\w+)\}/g, (_, name: keyof ModelRequest["parameters"]) => parameters[name]);
}
