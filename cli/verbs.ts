import type { Command } from "./shared/command.ts";

/** A verb of `portcullis`. */
export interface Verb {
  /** A line for the help. */
  readonly about: string;
  /** Imports the verb's file, so that a command loads only what it needs. */
  load(): Promise<Command>;
}

/** The verbs of `portcullis`, in the groups of its help. */
export const VERB_GROUPS: Readonly<Record<string, Readonly<Record<string, Verb>>>> = {
  "Start and try": {
    init: {
      about: "creates a policy folder from an OpenAPI document",
      load: async () => (await import("./commands/policies/init.ts")).init,
    },
    start: {
      about: "runs the whole product on this machine",
      load: async () => (await import("./commands/try/start.ts")).start,
    },
    token: {
      about: "prints a token of the running stack's identity provider",
      load: async () => (await import("./commands/try/token.ts")).token,
    },
    requests: {
      about: "writes a file of requests to try, with tokens, for the HTTP clients of editors",
      load: async () => (await import("./commands/try/requests.ts")).requests,
    },
    login: {
      about: "signs in a user of a development Cognito pool and prints the token",
      load: async () => (await import("./commands/try/login.ts")).login,
    },
    console: {
      about: "writes the console's page as files for a static host",
      load: async () => (await import("./commands/try/console.ts")).console,
    },
  },
  Policies: {
    check: {
      about: "reports every problem of a policy folder",
      load: async () => (await import("./commands/policies/check.ts")).check,
    },
    test: {
      about: "runs the policy tests in policies/tests",
      load: async () => (await import("./commands/policies/test.ts")).test,
    },
    explain: {
      about: "explains how a request is decided, step by step",
      load: async () => (await import("./commands/policies/explain.ts")).explain,
    },
    matrix: {
      about: "prints what every role of every tenant may do",
      load: async () => (await import("./commands/policies/matrix.ts")).matrix,
    },
    access: {
      about: "prints what one caller may do, as the access route answers it",
      load: async () => (await import("./commands/policies/access.ts")).access,
    },
    diff: {
      about: "prints the access that the files give and take",
      load: async () => (await import("./commands/policies/diff.ts")).diff,
    },
    review: {
      about: "reviews a change of the policy files for a pull request",
      load: async () => (await import("./commands/policies/review.ts")).review,
    },
    policy: {
      about: "prints the authorizer responses for a caller",
      load: async () => (await import("./commands/policies/policy.ts")).policy,
    },
    replay: {
      about: "decides the requests of a log again by the policy files",
      load: async () => (await import("./commands/policies/replay.ts")).replay,
    },
    cedar: {
      about: "writes the policy files' model as Cedar policies, schema and entities",
      load: async () => (await import("./commands/policies/cedar.ts")).cedar,
    },
    schema: {
      about: "writes the JSON Schemas for editors",
      load: async () => (await import("./commands/policies/schema.ts")).schema,
    },
  },
  "Run time": {
    tenant: {
      about: "creates, changes, suspends, reinstates, removes and lists run-time tenants",
      load: async () => (await import("./commands/run-time/tenant.ts")).tenant,
    },
    grant: {
      about: "gives a user or a client a role in a tenant, or takes it away",
      load: async () => (await import("./commands/run-time/grant.ts")).grant,
    },
    revoke: {
      about: "denies a token, a user, or all tokens issued before a time",
      load: async () => (await import("./commands/run-time/revoke.ts")).revoke,
    },
    issuer: {
      about: "suspends an issuer or denies one of its keys, and takes it back",
      load: async () => (await import("./commands/run-time/issuer.ts")).issuer,
    },
    import: {
      about: "puts many tenants and memberships from a file",
      load: async () => (await import("./commands/run-time/import.ts")).importVerb,
    },
    export: {
      about: "writes tenants and memberships as lines for import",
      load: async () => (await import("./commands/run-time/export.ts")).exportVerb,
    },
    "access-review": {
      about: "lists who has which role in which tenant at a time, and from where",
      load: async () => (await import("./commands/run-time/access-review.ts")).accessReview,
    },
    history: {
      about: "prints who changed what at run time, when and why",
      load: async () => (await import("./commands/run-time/history.ts")).history,
    },
  },
  "Deploy and watch": {
    build: {
      about: "compiles the policy files and bundles the Lambdas into build/",
      load: async () => (await import("./commands/deploy/build.ts")).build,
    },
    deploy: {
      about: "checks, builds, plans, asks for confirmation, applies, and tests the deployed API",
      load: async () => (await import("./commands/deploy/deploy.ts")).deploy,
    },
    publish: {
      about: "updates a table to the state of the files",
      load: async () => (await import("./commands/deploy/publish.ts")).publish,
    },
    rollback: {
      about: "restores an earlier state of a table",
      load: async () => (await import("./commands/deploy/rollback.ts")).rollback,
    },
    restore: {
      about: "restores a table's run-time items from an earlier copy, without what was denied since",
      load: async () => (await import("./commands/deploy/restore.ts")).restore,
    },
    handover: {
      about: "changes who keeps a table's items: publish or Terraform",
      load: async () => (await import("./commands/deploy/handover.ts")).handover,
    },
    shadow: {
      about: "prints what a candidate would change, and promotes or removes it",
      load: async () => (await import("./commands/deploy/shadow.ts")).shadow,
    },
    keys: {
      about: "stores the issuers' key sets in the table, for outages of the issuers",
      load: async () => (await import("./commands/deploy/keys.ts")).keys,
    },
    doctor: {
      about: "checks a deployed environment and prints what is wrong and how to fix it",
      load: async () => (await import("./commands/deploy/doctor.ts")).doctor,
    },
    "verify-aws": {
      about: "tests on AWS what its documentation leaves open",
      load: async () => (await import("./commands/deploy/verify-aws.ts")).verifyAws,
    },
  },
};

/** The verbs by name. */
export const VERBS: Readonly<Record<string, Verb>> = Object.assign({}, ...Object.values(VERB_GROUPS));
