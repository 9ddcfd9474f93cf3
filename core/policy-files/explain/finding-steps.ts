import type { CheckedParameter, Finding, FindingOf, ReadClaim } from "../../decision/finding.ts";
import { printShapeAndKeys } from "../../model/claim-shape.ts";
import { BY_DIRECTORY } from "../../model/directory.ts";
import { printGrant } from "../../model/grant.ts";
import { ISSUERS_KEY } from "../../model/issuer-switch.ts";
import { TENANT_SORT_KEY, tenantKey } from "../../model/items.ts";
import { plural } from "../../model/plural.ts";
import type { CeilingDefinition } from "../model/client-ceiling.ts";
import type { Rules } from "../model/rules-json.ts";
import { entriesWith, findOperation, grantSteps, reaches, selectorOf } from "./grant-steps.ts";
import type { Edit, ExplanationStep, Origin } from "./step.ts";

/** What the steps of a finding are made with. */
export interface StepContext {
  readonly rules: Rules;
  /** All findings of the decision. */
  readonly findings: readonly Finding[];
  /** Whether the caller's items of the table were read too. */
  readonly withTable: boolean;
}

type Step = Omit<ExplanationStep, "effect"> & { readonly gives?: boolean };

const step = (text: string, at?: Origin, edit?: Edit): Step => ({ text, at, edit });
const giving = (text: string, at?: Origin): Step => ({ text, at, gives: true });
const edit = (text: string, at?: Edit["at"]): Edit => ({ text, at });

/** Returns the steps that print a finding. A step that denies has what to change, and where. */
export function findingSteps(finding: Finding, context: StepContext): ExplanationStep[] {
  const print = STEPS[finding.check] as (finding: Finding, context: StepContext) => readonly Step[];
  const { denies, check } = finding;
  return print(finding, context).map(({ gives, edit: change, ...rest }) => ({
    ...rest,
    check,
    effect: denies !== null ? "takes" : gives ? "gives" : "notes",
    ...(denies !== null && { edit: change }),
  }));
}

/** How each finding is printed. The compiler demands an entry for every check. */
const STEPS: {
  readonly [Name in Finding["check"]]: (finding: FindingOf<Name>, context: StepContext) => readonly Step[];
} = {
  roles_left_out: ({ claim }) => [
    step(
      `the issuer left ${claim.join(".")} out of the token, because the caller has too many`,
      undefined,
      edit("let the issuer write fewer groups, or application roles, into the token"),
    ),
  ],
  tenant_claim: tenantClaimSteps,
  roles_per_tenant: ({ tenants, ...claim }) => [
    step(
      `the token names ${plural(tenants, "tenant")}, but ${readClaim(claim)}, which has no roles of each tenant`,
      undefined,
      edit("let the issuer write the roles of each tenant, or read roles from memberships, in issuers.yaml"),
    ),
  ],
  roles_claim: ({ roles, ...claim }) => [
    step(`${readClaim(claim)}: ${roles.length === 0 ? "no role in this tenant" : roles.join(", ")}`),
  ],
  scopes_claim: ({ scopes, ...claim }) =>
    scopes.length === 0 && claim.found.type === "missing"
      ? []
      : [step(`${readClaim(claim)}: ${plural(scopes.length, "scope")}`)],
  issuer: ({ denies, issuer, tenant, trusted }, { rules }) => {
    if (denies === null) return [];
    const definition = rules.issuers.get(issuer);
    const at = definition?.tenantsAt ?? definition?.at;
    if (definition?.tenants === BY_DIRECTORY)
      return [
        step(
          `issuer ${issuer} has a directory for each tenant, but no directory issued the token`,
          at,
          edit(`give ${issuer} a url with a variable in Terraform's issuers, or write another value in`, at),
        ),
      ];
    return trusted
      ? [step(`issuer ${issuer} does not cover ${tenant}`, at, edit(`add ${tenant} to tenants in`, at))]
      : [step(`issuer ${issuer} is not trusted`, undefined, edit(`add ${issuer} to issuers.yaml`))];
  },
  membership_source: ({ issuer, source, found }) => {
    if (source === null) return found === null ? [] : [step(`issuer ${issuer} does not read memberships`)];
    return [
      ...(source === "instead"
        ? [step(`issuer ${issuer}: roles come only from memberships, and the token's roles are ignored`)]
        : []),
      ...(found === 0 ? [step("the table has no membership for the caller")] : []),
      ...(found === null
        ? [step("memberships were not read: they are in the table, and --table NAME reads it")]
        : []),
    ];
  },
  membership: membershipSteps,
  member: ({ tenant }) => [
    step(
      `the token does not name ${tenant}, and the caller has no role there by a membership`,
      undefined,
      edit(`grant a role: npx portcullis grant --tenant ${tenant} --table NAME …`),
    ),
  ],
  tenant: tenantSteps,
  tenant_issuers: ({ tenant, issuer }, { rules }) => {
    const at = rules.tenants.get(tenant)?.lines.issuers;
    return [step(`${tenant} does not accept issuer ${issuer}`, at, edit(`add ${issuer} to issuers in`, at))];
  },
  tenant_directory: ({ tenant, issuer }, { rules }) => {
    const at = rules.tenants.get(tenant)?.lines.directories;
    return [
      step(
        `${tenant} does not list the directory of issuer ${issuer} that issued the token`,
        at,
        edit(`write the directory under directories in`, at),
      ),
    ];
  },
  tenant_status: ({ tenant }, { rules }) => {
    const at = rules.tenants.get(tenant)?.lines.status;
    const change =
      at === undefined
        ? `reinstate it: npx portcullis tenant reinstate ${tenant} --table NAME`
        : "set `status: active` in";
    return [
      step("the tenant is suspended: every request is denied", at ?? tenantItem(tenant), edit(change, at)),
    ];
  },
  revocation: revocationSteps,
  no_roles: () => [
    step(
      "the caller has no role",
      undefined,
      edit("give the caller a role: in the token, or by npx portcullis grant"),
    ),
  ],
  role_held: roleHeldSteps,
  role_grants: (finding, { rules }) =>
    grantSteps(rules, finding).map((one) => ({ ...one, gives: finding.verdict === "grants" })),
  never: ({ tenant, route }, { rules }) => {
    const entries = (rules.tenants.get(tenant)?.never ?? []).filter((entry) => reaches(entry, route));
    return entries.length === 0
      ? [step(`${tenant} never allows it`, tenantItem(tenant))]
      : entries.map(({ text, at }) =>
          step(`${tenant} never allows it, by "${text}"`, at, edit(`remove \`${text}\` from`, at)),
        );
  },
  ceiling: ({ denies, plan: name, route }, { rules }) => {
    const plan = rules.plans.get(name);
    const within = plan?.ceiling.find((entry) => reaches(entry, route));
    if (denies === null)
      return [step(`plan ${name}'s ceiling reaches it by "${within?.text ?? route}"`, within?.at)];
    const at = plan?.lines.ceiling;
    return [
      step(`plan ${name}'s ceiling does not reach it`, at, edit(`add ${selectorOf(rules, route)} to`, at)),
    ];
  },
  client_ceiling: clientSteps,
  client_scopes: (finding, { rules }) => [
    step(
      `the ${printScopes(finding.removed)} of the token ${finding.removed.length === 1 ? "does" : "do"} not count for ${clientName(finding)}`,
      ceilingOf(rules, finding)?.lines.scopes,
    ),
  ],
  scopes: ({ missing, needed, route }, { rules, findings }) => {
    const at = findOperation(rules, route)?.at;
    const client = findings.find(
      (finding): finding is FindingOf<"client_scopes"> =>
        finding.check === "client_scopes" && missing.some((scope) => finding.removed.includes(scope)),
    );
    if (client !== undefined) {
      const taken = missing.filter((scope) => client.removed.includes(scope));
      const line = ceilingOf(rules, client)?.lines.scopes;
      return [
        step(
          `the ${printScopes(taken)} that it needs ${taken.length === 1 ? "does" : "do"} not count for ${clientName(client)}`,
          line,
          edit(`add ${taken.join(" ")} to`, line),
        ),
      ];
    }
    return [
      missing.length === 0
        ? step(`the token has the ${printScopes(needed)}`, at)
        : step(
            `the token lacks the ${printScopes(missing)}`,
            at,
            edit(
              `request the ${printScopes(missing)} when the client gets its token; the route needs it by`,
              at,
            ),
          ),
    ];
  },
  binding: bindingSteps,
  granted: () => [],
  resource_length: ({ limit }) => [
    step(
      `with the caller's own values, every resource of the policy is longer than ${limit} characters`,
      undefined,
      edit("use a shorter value in the binding, such as an id"),
    ),
  ],
  context_size: contextSteps,
  request: requestSteps,
  response: ({ reason, group }) => [
    step(`one response covers all routes of group ${group}, so the caller gets the reason ${reason}`),
  ],
};

type CeilingEntry = Pick<FindingOf<"client_ceiling">, "issuer" | "party" | "entry">;

const clientName = ({ issuer, party, entry }: CeilingEntry): string =>
  entry !== null
    ? `the ${party} ${entry} of ${issuer}`
    : party === "delegate"
      ? `a delegate without an entry of its own, in a token of ${issuer}`
      : `a client of ${issuer} without an entry of its own, or a token that does not name exactly one client`;

function ceilingOf(
  { issuers }: Rules,
  { issuer, party, entry }: CeilingEntry,
): CeilingDefinition | undefined {
  const ceilings = issuers.get(issuer)?.ceilings;
  return entry === null ? ceilings?.otherwise : ceilings?.[KEYS[party]].get(entry);
}

/** The key of each kind of entry in clients.yaml and in a tenant's `clients`. */
const KEYS = { client: "clients", delegate: "delegates" } as const;

function clientSteps(finding: FindingOf<"client_ceiling">, { rules }: StepContext): Step[] {
  const { route, tenant, issuer, party, entry, verdict } = finding;
  const [ceiling, name] = [ceilingOf(rules, finding), clientName(finding)];
  switch (verdict) {
    case "within": {
      const by = ceiling?.ceiling.find((one) => reaches(one, route));
      return [step(`the ceiling of ${name} reaches it by "${by?.text ?? route}"`, by?.at)];
    }
    case "outside": {
      const at = ceiling?.lines.ceiling;
      return [
        step(`the ceiling of ${name} does not reach it`, at, edit(`add ${selectorOf(rules, route)} to`, at)),
      ];
    }
    case "tenant": {
      const at = ceiling?.lines.tenants;
      return [step(`${name} can do nothing in ${tenant}`, at, edit(`add ${tenant} to`, at))];
    }
    case "changed": {
      const changes = rules.tenants.get(tenant)?.clients.get(issuer);
      const change = entry === null ? changes?.otherwise : changes?.[KEYS[party]].get(entry);
      const at = change?.at ?? tenantItem(tenant);
      return [step(`${tenant} takes it from ${name}`, at, edit("remove the change at", change?.at))];
    }
  }
}

const printScopes = (scopes: readonly string[]): string =>
  `${scopes.length === 1 ? "scope" : "scopes"} ${scopes.join(" ")}`;
const time = (seconds: number): string => new Date(seconds * 1_000).toISOString();
const tenantItem = (tenant: string): Origin => ({ item: `${tenantKey(tenant)} ${TENANT_SORT_KEY}` });

/** Prints a claim with its reading and its shape, as in `the token's groups, read as keys, is a list of 2 (string)`. */
const readClaim = ({ claim, as, found }: ReadClaim): string =>
  `the token's ${claim.join(".")}${as === null ? "" : `, read as ${as},`} is ${printShapeAndKeys(found)}`;

function tenantClaimSteps({
  denies,
  tenants,
  directory,
  selected,
  ...claim
}: FindingOf<"tenant_claim">): Step[] {
  const name = directory === null ? claim.claim.join(".") : "iss";
  if (denies === null && directory !== null)
    return [step(`the directory ${directory}, which issued the token, is the tenant's`)];
  if (denies === null) return [step(`${readClaim(claim)}: ${plural(tenants, "tenant")}`)];
  if (selected === "empty")
    return [
      step(
        "the request selects no tenant, but the API has a tenant selector",
        undefined,
        edit("select one of the caller's tenants in the request; with explain, by --tenant"),
      ),
    ];
  if (selected === "other")
    return [
      step(
        `the request selects a tenant that the token's ${name} does not name`,
        undefined,
        edit("select a tenant of the caller, or add it to the token"),
      ),
    ];
  return tenants === 0
    ? [
        step(
          `${readClaim(claim)}, but expected the tenant's id`,
          undefined,
          edit(
            `let the issuer write the tenant into ${name}, or say under claims in issuers.yaml where the tenant is`,
          ),
        ),
      ]
    : [
        step(
          `the token's ${name} names ${tenants} tenants, and nothing selects one`,
          undefined,
          edit("let the issuer write one tenant, or add a tenant selector to api.yaml"),
        ),
      ];
}

function membershipSteps({ item, role, until, because, verdict }: FindingOf<"membership">): Step[] {
  const at = { item };
  switch (verdict) {
    case "counts": {
      const end = until === null ? "" : `, until ${time(until)}`;
      return [
        giving(`a membership gives the role ${role}${end}${because === "" ? "" : ` (${because})`}`, at),
      ];
    }
    case "ended":
      return [step(`the membership with role ${role} ended at ${time(until ?? 0)}`, at)];
    case "incomplete_for_staff":
      return [step(`the membership with role ${role} has no end or no reason, but staff need both`, at)];
    default:
      return [step(`the membership with role ${role} is ignored, ${FOREIGN[verdict]}`, at)];
  }
}

const FOREIGN = {
  no_tenant: "because the table does not have the tenant",
  earlier_tenant: "because it belongs to an earlier tenant with this id",
} as const;

function revocationSteps({ item, before, until, client, verdict }: FindingOf<"revocation">): Step[] {
  const everywhere = item.startsWith(ISSUERS_KEY);
  const id = everywhere ? client : client?.slice(client.indexOf("#") + 1);
  const who = id === undefined ? "the caller is" : `the client ${id} is`;
  const what = before === null ? who : `tokens issued before ${time(before)} are`;
  const text = `${what} revoked in ${everywhere ? "every tenant" : "the tenant"} until ${time(until)}`;
  switch (verdict) {
    case "revokes":
      return [
        step(
          text,
          { item },
          edit(
            `end the revocation: npx portcullis revoke undo ${everywhere ? "--all-tenants" : "--tenant T"} --table NAME …`,
          ),
        ),
      ];
    case "ended":
      return [step(`a revocation ended at ${time(until)}`, { item })];
    case "issued_later":
      return [step(`${text}, but this token was issued later`, { item })];
    default:
      return [step(`a revocation is ignored, ${FOREIGN[verdict]}`, { item })];
  }
}

function tenantSteps(
  { denies, tenant, plan, spelling }: FindingOf<"tenant">,
  { rules, withTable }: StepContext,
): Step[] {
  const definition = rules.tenants.get(tenant);
  if (denies === null)
    return [
      step(
        `tenant ${tenant}, ${plan === null ? "no plan" : `plan ${plan}`}`,
        definition?.at ?? tenantItem(tenant),
      ),
    ];
  if (spelling !== null)
    return [
      step(
        `there is no tenant "${tenant}", but one "${spelling}": the case of an id counts`,
        rules.tenants.get(spelling)?.at,
        edit(`let the token name ${spelling}, the id in`, rules.tenants.get(spelling)?.at),
      ),
    ];
  const where = `in the files for ${rules.environment}`;
  return [
    step(
      `there is no tenant "${tenant}" ${where}${withTable ? ", and none in the table" : ""}`,
      undefined,
      edit(
        `add tenants/${tenant}.yaml, or correct the tenant of the caller${withTable ? "" : "; a tenant that sign-up created is found with --table NAME"}`,
      ),
    ),
  ];
}

function roleHeldSteps(
  { tenant, role, plan, verdict }: FindingOf<"role_held">,
  { rules }: StepContext,
): Step[] {
  if (verdict === "unknown") {
    // A name that another tenant uses for a role of its own cannot be a shared role's.
    const isElsewhere = [...rules.tenants.values()].some(({ roles }) => roles.has(role));
    const own = rules.tenants.get(tenant)?.at;
    const change = isElsewhere
      ? edit(`correct the role of the caller, or define the role ${role} under roles in`, own)
      : edit(`add roles/${role}.yaml, or correct the role of the caller`);
    const text = `there is no role "${role}": no shared role and no role of ${tenant} has that name`;
    return [step(text, undefined, change)];
  }
  if (verdict === "removed") {
    const at = rules.tenants.get(tenant)?.changes.get(role)?.at;
    return [step(`${tenant} does not have the role ${role}`, at, edit(`remove \`${role}: none\` from`, at))];
  }
  const at = rules.plans.get(plan ?? "")?.lines.roles;
  return [step(`plan ${plan} does not have the role ${role}`, at, edit(`add ${role} to roles in`, at))];
}

const roleGrants = ({ findings }: StepContext): FindingOf<"role_grants">[] =>
  findings.filter((finding) => finding.check === "role_grants");

const UNCARRIABLE = {
  empty: "the caller has none",
  not_encodable: "the caller's has a character that no policy can carry, or is too long",
  too_many: "the token's list has more values than at_most allows (pass in issuers.yaml)",
  sources_differ: "its sources have different values",
  not_owned:
    "the caller's issuer does not own the people of the tenant, so its subjects satisfy no binding to subject",
} as const;

function bindingSteps({ route, binding, problem }: FindingOf<"binding">, context: StepContext): Step[] {
  if (problem === undefined) return [];
  const grant = printGrant({ route, binding });
  const [entry] = entriesWith(context.rules, roleGrants(context), route, grant);
  const change =
    problem.verdict === "not_owned"
      ? "use the tenant's own issuer, or bind the route to another value in"
      : `let the token have a ${problem.source ?? "value"} of 1 to 128 characters of A-Za-z0-9-._~@:+=,!|, or bind another value in`;
  return [
    step(
      `bound: ${grant}; ${problem.parameter} must be the caller's ${problem.source ?? "own"}, but ${UNCARRIABLE[problem.verdict]}`,
      entry?.at,
      edit(change, entry?.at),
    ),
  ];
}

function contextSteps({
  bytes,
  limit,
  keys,
  principalBytes,
  principalLimit,
}: FindingOf<"context_size">): Step[] {
  if (bytes <= limit)
    return [
      step(
        `the subject takes ${principalBytes} bytes, but API Gateway's limit on the principal is ${principalLimit}`,
        undefined,
        edit("let the issuer write a shorter subject, or name another claim in issuers.yaml"),
      ),
    ];
  const longest = keys.slice(0, 3).map(([key, size]) => `${key} ${size}`);
  return [
    step(
      `the authorizer context takes ${bytes} bytes, but the limit is ${limit}; the longest keys: ${longest.join(", ")}`,
      undefined,
      edit(
        `shorten ${keys[0]?.[0] ?? "the context"} in the token, or forward fewer claims by pass in issuers.yaml`,
      ),
    ),
  ];
}

function requestSteps({ route, verdict, parameters }: FindingOf<"request">, context: StepContext): Step[] {
  const bound = boundGrants(context, route);
  const at = bound.entry?.at;
  const other = parameters.filter((one) => one.verdict === "other").map(({ name }) => name);
  switch (verdict) {
    case "allowed":
      return parameters.length === 0
        ? []
        : [giving(`bound: ${bound.grants}; the request has the caller's own values`, at)];
    case "bound_value":
      return other.length > 0
        ? [
            step(
              `bound: ${bound.grants}; the request has another ${other.join(" and ")}`,
              at,
              edit(`request the caller's own ${other.join(" and ")}, which is bound by`, at),
            ),
          ]
        : [
            spelledOtherwise(
              parameters.find((one) => one.verdict === "spelling"),
              bound.grants,
              at,
            ),
          ];
    case "empty_segment":
      return [
        step(
          "the path has an empty segment, which every policy denies",
          at,
          edit("remove the empty segment from the path"),
        ),
      ];
    case "extra_segment":
      return [
        step(
          `bound: ${bound.grants}; a parameter of the path contains a slash, also as %2F, which is denied on bound routes`,
          at,
          edit("request a path whose parameters contain no slash"),
        ),
      ];
    case "resource_length":
      return [step("the path is longer than a resource of a policy can be", at, edit("use a shorter value"))];
    case "path_spelling":
      return [
        step(
          "the path is not spelled as the route: percent-encoded, or with a slash at its end",
          at,
          edit(`request the path as ${route} spells it`),
        ),
      ];
  }
}

function spelledOtherwise(
  parameter: CheckedParameter | undefined,
  grants: string,
  at: Origin | undefined,
): Step {
  const { name, accepted } = parameter ?? { name: "a parameter", accepted: [] };
  return step(
    `bound: ${grants}; the request has the caller's own ${name}, but spelled in another way than ${accepted.join(" or ")}`,
    at,
    edit(`spell ${name} as ${accepted.join(" or ")}`),
  );
}

/** Returns the bound grants of a route that the caller's roles have, and the first line that states one. */
function boundGrants(context: StepContext, route: FindingOf<"request">["route"]) {
  const bindings = roleGrants(context).flatMap((one) => (one.verdict === "grants" ? one.bindings : []));
  const grants = [...new Set(bindings.map((binding) => printGrant({ route, binding })))];
  const entries = grants.flatMap((grant) => entriesWith(context.rules, roleGrants(context), route, grant));
  return { grants: grants.join(" or "), entry: entries[0] };
}
