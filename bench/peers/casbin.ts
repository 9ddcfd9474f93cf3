import { newEnforcer, newModelFromString, StringAdapter } from "casbin";
import type { Engine, Question } from "../deciding/engine.ts";
import { examplePath } from "../fixtures/github.ts";
import { flaggedKeys } from "./flagged-keys.ts";

/** RBAC with domains. Paths are matched as casbin's documentation advises for REST: `keyMatch3` supports `{name}`. */
const MODEL = `
[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && r.dom == p.dom && keyMatch3(r.obj, p.obj) && g(r.sub, p.sub, r.dom)
`;

export async function start({ api, tenant, subject, roles }: Question): Promise<Engine<boolean[]>> {
  const policies = [...api.roles].flatMap(([role, keys]) =>
    api.routes
      .filter(({ key }) => keys.has(key))
      .map(({ method, path }) => `p, ${role}, ${tenant}, ${path}, ${method}`),
  );
  const members = roles.map((role) => `g, ${subject}, ${role}, ${tenant}`);
  const adapter = new StringAdapter([...policies, ...members].join("\n"));
  const enforcer = await newEnforcer(newModelFromString(MODEL), adapter);
  return {
    name: "casbin",
    kind: "peer",
    decide: (routes) =>
      routes.map(({ method, path }) => enforcer.enforceSync(subject, tenant, examplePath(path), method)),
    grantedKeys: flaggedKeys,
  };
}
