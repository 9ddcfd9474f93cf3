import { setFlagsFromString } from "node:v8";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { clientPattern, isClientPattern } from "../../../core/model/client-ceilings.ts";
import { matchPath, type Route, selectRoute } from "../../../core/model/route.ts";
import { type CedarFiles, cedarFiles } from "../../../core/policy-files/cedar/cedar-files.ts";
import { usesDirectories } from "../../../core/policy-files/cedar/tenant-policies.ts";
import { isGuarded } from "../../../core/policy-files/model/operation.ts";
import type { PolicySet } from "../../../core/policy-files/model/policy-set.ts";
import { MOST_LISTED, type Question } from "./question.ts";

// V8 of Node 20 ends the process when it deoptimizes a function into which it had inlined a call of Cedar.
setFlagsFromString("--no-turbo-inline-js-wasm-calls");

/** What a policy of API Gateway can carry as a part of a path; docs/cedar.md has the rule. */
const isBindable = (value: string): boolean =>
  /^[A-Za-z0-9._~@:+=,!|-]{1,128}$/.test(value) && value !== "." && value !== "..";

/** Returns the text of what Cedar reports about files; empty if policies, schema and entities are valid together. */
export function problemsOf(files: CedarFiles): string {
  const schema = files["schema.cedarschema"];
  const policies = { staticPolicies: files["policies.cedar"] };
  const validation = cedar.validate({ validationSettings: { mode: "strict" }, schema, policies });
  const entities = cedar.checkParseEntities({ schema, entities: JSON.parse(files["entities.json"]) });
  return [
    ...(validation.type === "failure" ? validation.errors : validation.validationErrors),
    ...(entities.type === "failure" ? entities.errors : []),
  ]
    .map((error) => JSON.stringify(error))
    .join("\n");
}

let engines = 0;

/** Cedar with what `portcullis cedar` writes for a policy folder. */
export class CedarEngine {
  readonly files: CedarFiles;
  readonly #name = `engine-${++engines}`;
  readonly #policies: PolicySet;
  readonly #routes: readonly Route[];
  readonly #guarded: ReadonlySet<string>;
  readonly #entities: ReadonlyMap<string, cedar.EntityJson>;
  #asked = 0;
  readonly #claims: ReadonlySet<string>;

  /** @throws Error if Cedar cannot parse the files; {@link problemsOf} validates them */
  constructor(policies: PolicySet) {
    this.files = cedarFiles(policies);
    const schema = cedar.preparseSchema(this.#name, this.files["schema.cedarschema"]);
    const set = cedar.preparsePolicySet(this.#name, { staticPolicies: this.files["policies.cedar"] });
    for (const parsed of [schema, set])
      if (parsed.type === "failure")
        throw new Error(`Cedar does not accept the files: ${JSON.stringify(parsed.errors)}`);
    this.#policies = policies;
    this.#routes = policies.api.operations.map(({ route }) => route);
    this.#guarded = new Set(policies.api.operations.filter(isGuarded).map(({ route }) => route.key));
    const entities = JSON.parse(this.files["entities.json"]) as cedar.EntityJson[];
    const all = [...entities, ...actionsIn(this.files["schema.cedarschema"])];
    this.#entities = new Map(all.map((entity) => [key(entity.uid as cedar.TypeAndId), entity]));
    this.#claims = new Set([...policies.issuers.values()].flatMap(({ pass }) => Object.keys(pass ?? {})));
  }

  /** Asks Cedar once for each role. One permission is enough. @throws Error if a policy has an error */
  allows(question: Question): boolean {
    const route = selectRoute(this.#routes, question.method, question.path);
    if (route === undefined || !this.#guarded.has(route.key)) return false;
    const context = this.#contextOf(question, matchPath(route.segments, question.path) ?? {});
    return question.roles.some((name) => {
      const own = { type: "TenantRole", id: `${question.tenant}/${name}` };
      const principal = this.#entities.has(key(own)) ? own : { type: "Role", id: name };
      return this.#isPermitted(question, { principal, action: { type: "Action", id: route.key }, context });
    });
  }

  #isPermitted(
    question: Question,
    who: Pick<cedar.AuthorizationCall, "principal" | "action" | "context">,
  ): boolean {
    const resource = { type: "Tenant", id: question.tenant };
    const entities = this.#ancestorsOf([
      ...([who.principal, who.action] as cedar.TypeAndId[]),
      resource,
      { type: "Issuer", id: question.issuer },
    ]);
    const call = { ...who, resource, entities, preparsedPolicySetId: this.#name };
    const decision = readDecision(cedar.statefulIsAuthorized(call));
    // Validation takes most of the time, so it is done for a part of the requests.
    if (this.#asked++ % VALIDATED === 0) {
      const others = entities.filter(({ uid }) => (uid as cedar.TypeAndId).type !== "Action");
      const validated = { preparsedSchemaName: this.#name, validateRequest: true, entities: others };
      if (readDecision(cedar.statefulIsAuthorized({ ...call, ...validated })) !== decision)
        throw new Error("Cedar decides differently with the schema");
    }
    return decision === "allow";
  }

  /** Returns the entities that a decision is about, with all that they are in. */
  #ancestorsOf(uids: readonly cedar.TypeAndId[]): cedar.Entities {
    const found = new Set(uids.flatMap((uid) => this.#entities.get(key(uid)) ?? []));
    for (const { parents } of found)
      for (const parent of parents) {
        const entity = this.#entities.get(key(parent as cedar.TypeAndId));
        if (entity !== undefined) found.add(entity);
      }
    return [...found];
  }

  #contextOf(question: Question, params: Readonly<Record<string, string>>): cedar.Context {
    const { issuer, directory, subject, scopes, client, delegate } = question;
    const ceilings = this.#policies.issuers.get(issuer)?.ceilings;
    const hasCeilings = [...this.#policies.issuers.values()].some((one) => one.ceilings !== undefined);
    const patterns = [...(ceilings?.clients.keys() ?? [])].filter(
      (entry) => isClientPattern(entry) && clientPattern(entry).test(client),
    );
    return {
      caller: {
        issuer: reference("Issuer", issuer),
        ...(directory !== undefined && usesDirectories(this.#policies.issuers) && { directory }),
        ...(isBindable(subject) && { subject }),
        scopes: [...scopes],
        claims: this.#claimsOf(question),
        ...(hasCeilings && {
          client,
          clientPatterns: patterns,
          ...(delegate !== undefined && {
            delegate: { issuer: reference("Issuer", delegate.issuer), subject: delegate.subject },
          }),
        }),
      },
      params: Object.fromEntries(
        Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value)]),
      ),
    };
  }

  #claimsOf({ claims }: Question): cedar.CedarValueJson {
    const sets = Object.entries(claims)
      .filter(([name]) => this.#claims.has(name))
      .map(([name, value]) => [name, [value].flat()] as const)
      .filter(([, values]) => values.length <= MOST_LISTED);
    return Object.fromEntries(sets.map(([name, values]) => [name, values.filter(isBindable)]));
  }
}

/** Every so many requests are validated by the schema. */
const VALIDATED = 20;

/** @throws Error if Cedar rejects the request, or if a policy has an error, which would count as absent */
function readDecision(answer: cedar.AuthorizationAnswer): cedar.Decision {
  if (answer.type === "failure")
    throw new Error(`Cedar rejects the request: ${JSON.stringify(answer.errors)}`);
  const { decision, diagnostics } = answer.response;
  if (diagnostics.errors.length > 0)
    throw new Error(`A policy has an error: ${JSON.stringify(diagnostics.errors)}`);
  return decision;
}

/** Returns the actions of a schema with their groups, as entities. */
function actionsIn(schema: string): cedar.EntityJson[] {
  const answer = cedar.schemaToJson(schema);
  if (answer.type === "failure")
    throw new Error(`Cedar rejects the schema: ${JSON.stringify(answer.errors)}`);
  return Object.entries(answer.json[""]?.actions ?? {}).map(([id, { memberOf = [] }]) => ({
    uid: { type: "Action", id },
    attrs: {},
    parents: memberOf.map((group) => ({ type: "Action", id: group.id })),
  }));
}

const key = ({ type, id }: cedar.TypeAndId): string => `${type} ${id}`;
const reference = (type: string, id: string) => ({ __entity: { type, id } });
