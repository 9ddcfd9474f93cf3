import type { RuleText } from "./rule-text.ts";

/** Rules about roles, plans, tenants, and policy tests. */
export const ACCESS_RULES = {
  "unknown-permission": {
    about: "A selector names a permission that no guarded operation has.",
    fix: "Correct the name, or give the permission to an operation in the API document.",
  },
  "unknown-route": {
    about: "A selector with methods and a path matches no guarded route, or one of its methods matches none.",
    fix: "Correct the method or the path.",
  },
  "explicit-route": {
    about: "A wildcard matches only explicit operations, which wildcards do not grant.",
    fix: "Name the operation's permission, or its exact method and path.",
  },
  "invalid-selector": {
    about: "A selector is malformed.",
    fix: "Write a permission such as `documents.read`, or methods and a path such as `GET /documents/**`.",
  },
  "unknown-claim": {
    about: "A name refers to a claim that no issuer forwards.",
    fix: "Correct the name, or add the claim to `pass` in `issuers.yaml`.",
  },
  "unknown-role": {
    about: "A name refers to a role that does not exist.",
    fix: "Correct the name, or add the role.",
  },
  "unknown-plan": {
    about: "A tenant names a plan that does not exist.",
    fix: "Correct the name, or add the plan to `plans.yaml`.",
  },
  "unknown-tenant": {
    about: "A policy test names a tenant that does not exist, but a similar one does.",
    fix: "Correct the id. A tenant that is meant to be unknown needs a less similar name.",
  },
  "missing-plan": {
    about: "A tenant has no plan, but the policy folder has plans.",
    fix: "Add `plan` to the tenant.",
  },
  "duplicate-role": { about: "Two roles have the same name.", fix: "Keep one of the two, or rename one." },
  "duplicate-tenant": {
    about: "Two tenants have the same id, without regard to case.",
    fix: "Keep one of the two.",
  },
  "role-cycle": {
    about: "Roles extend each other in a cycle.",
    fix: "Remove one of the `extends` in the cycle.",
  },
  "unused-role": {
    about: "No plan has a role, and no role extends it.",
    fix: "Add the role to a plan, or remove it.",
  },
  "idle-except": {
    about: "An `except` has no effect, because the role allows none of its routes.",
    fix: "Remove the line, or correct its selector.",
  },
  "idle-change": {
    about: "A tenant's change of a role has no effect.",
    fix: "Remove the change, or correct it.",
  },
  "above-ceiling": {
    about: "A tenant's role allows routes outside its plan's ceiling, which stay denied.",
    fix: "Remove the line, or raise the plan's ceiling.",
  },
  "lost-binding": {
    about: "A binding cannot be encoded, because an unbound `{proxy+}` follows, so the route stays denied.",
    fix: "Bind the first parameter only.",
  },
  "empty-test": { about: "A policy test has no request.", fix: "Add a request under `can` or `cannot`." },
  "invalid-request": {
    about: "A request of a policy test is malformed.",
    fix: "Write a method and a path, such as `PUT /documents/42`.",
  },
  "ambiguous-issuer": {
    about: "A policy test names a client or a delegate, but not whose it is.",
    fix: "Add `issuer` to the test.",
  },
  "tenant-in-both": {
    about: "A tenant is in the files and also in the table.",
    fix: "Remove the file, or remove the tenant from the table.",
  },
  "unreadable-item": {
    about: "An item of the table cannot be read, so its requests fail with 500.",
    fix: "Write the item again with `npx portcullis tenant` or `grant`.",
  },
  "moving-tenant": {
    about: "A tenant was moved from run time to the files, and the files are not published yet.",
    fix: "Publish the files.",
  },
  "stale-tenant": {
    about: "The roles of a run-time tenant were expanded for other files than these.",
    fix: "Publish the files. If Terraform keeps them, apply them and run `npx portcullis tenant compile`.",
  },
  "uncounted-binding": {
    about:
      "A role of a run-time tenant has a binding that no shared role has, so the deployed policies may have no room for it.",
    fix: "Grant the route under this binding in a shared role, and deploy.",
  },
  "orphaned-item": {
    about:
      "A membership, a revocation or the item of a directory belongs to no tenant of now, so it has no effect.",
    fix: "Remove the item with the command that the message names.",
  },
  "idle-membership": {
    about:
      "A membership has no effect, because its issuer does not read memberships, or the plan does not have the role.",
    fix: "Remove the membership, write `memberships` for the issuer in `issuers.yaml`, or give the plan the role.",
  },
} as const satisfies Readonly<Record<string, RuleText>>;
