import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPolicies } from "../../../core/policy-files/model/policy-set.ts";
import { draws } from "../../support/draws.ts";
import { CedarEngine } from "./cedar-engine.ts";
import { importMutant } from "./mutant.ts";
import { MUTATIONS } from "./mutations.ts";
import { createDecide } from "./product-engine.ts";
import type { Decide, Question } from "./question.ts";
import { SAMPLE } from "./random-apis.ts";
import { folders, HOSTILE, questions } from "./random-folders.ts";

/** The sample's API with one operation that opts out of the root's bind, which the sample has not. */
const API = {
  ...SAMPLE,
  text: SAMPLE.text.replace("permission: settings.read }", "permission: settings.read, bind: none }"),
};
/** Always the same folders and requests: with them Cedar detects each of the mutations. */
const SEED = 7;
const WORLDS = draws(30, 4);
const PER_WORLD = 150;

interface World {
  readonly files: ReadonlyMap<string, string>;
  readonly asked: readonly Question[];
  /** Cedar's decisions. */
  readonly allowed: readonly boolean[];
}

/** A folder with what is rare in random ones. */
const RARE = new Map(
  Object.entries({
    "roles/reader.yaml": {
      allow: ["documents.read", { route: "PATCH /users/{userId}", where: { userId: "subject" } }],
    },
    "roles/writer.yaml": {
      extends: ["reader"],
      allow: ["documents.write", "comments.*"],
      except: ["comments.read"],
    },
    "roles/boss.yaml": { extends: ["writer"], allow: ["ANY /documents/**", "documents.purge"] },
    "plans.yaml": {
      free: { ceiling: ["ANY /documents/**", "ANY /users/**"] },
      paid: { ceiling: ["ANY /**"] },
    },
    "issuers.yaml": {
      main: { preset: "generic", tenants: "*", pass: ["email", "groups"] },
      other: { preset: "generic", tenants: ["acme", HOSTILE], subjects: "own" },
    },
    "clients.yaml": {
      default: { ceiling: [], scopes: [] },
      issuers: {
        main: {
          clients: {
            web: { ceiling: ["ANY /**", "documents.purge"] },
            "bot-*": { ceiling: ["ANY /**", "documents.purge"], scopes: [] },
          },
          delegates: { agent: { ceiling: ["documents.read"] } },
        },
        other: { default: { ceiling: ["ANY /**"] } },
      },
    },
    "tenants/acme.yaml": { plan: "paid", changes: { writer: "none" }, roles: { own: { extends: ["boss"] } } },
    "tenants/globex.yaml": {
      plan: "free",
      changes: { reader: { except: ["documents.read"] } },
      roles: { own: { extends: ["reader"], allow: ["documents.write"] } },
    },
    "tenants/hostile.yaml": { id: HOSTILE, plan: "paid", issuers: ["main"] },
  }).map(([path, content]) => [path, JSON.stringify(content)]),
).set("api.yaml", API.text);
/** Every route of the API for callers of every kind, who name themselves in each parameter. */
const RARE_QUESTIONS: readonly Question[] = ["acme", "globex", HOSTILE].flatMap((tenant) =>
  ["reader", "writer", "boss", "own"].flatMap((role) =>
    ["main", "other"].flatMap((issuer) =>
      [{ client: "web" }, { client: "bot-7" }, { client: "web", acts: true }].flatMap(({ client, acts }) =>
        API.routes.map((route): Question => {
          const [method = "", template = ""] = route.split(" ");
          const caller = { tenant, roles: [role], issuer, client, subject: "ann", scopes: ["docs:write"] };
          const path = template.replace(/\{[^}]*\}/g, "ann");
          const delegate = acts ? { issuer, subject: "agent" } : undefined;
          return { ...caller, claims: {}, directory: undefined, delegate, method, path };
        }),
      ),
    ),
  ),
);

function* worlds(): Generator<World> {
  yield worldOf(RARE, RARE_QUESTIONS);
  const asked = fc.sample(questions(API), { seed: SEED, numRuns: WORLDS * PER_WORLD });
  let at = 0;
  for (const files of fc.sample(folders(API), { seed: SEED, numRuns: WORLDS * 2 })) {
    if (loadPolicies(files, "dev").policies === undefined || at === WORLDS * PER_WORLD) continue;
    yield worldOf(files, asked.slice(at, at + PER_WORLD));
    at += PER_WORLD;
  }
}

function worldOf(files: World["files"], asked: readonly Question[]): World {
  const { policies, problems } = loadPolicies(files, "dev");
  if (policies === undefined) throw new Error(`The folder has errors: ${JSON.stringify(problems)}`);
  const cedar = new CedarEngine(policies);
  return { files, asked, allowed: asked.map((question) => cedar.allows(question)) };
}

/** Returns whether any decision is another one. A mutant that rejects a folder makes no decision by it. */
function differs({ files, asked, allowed }: World, create: (files: World["files"]) => Decide): boolean {
  let decide: Decide;
  try {
    decide = create(files);
  } catch {
    return false;
  }
  return asked.some((question, index) => decide(question) !== allowed[index]);
}

describe("Cedar, asked by what portcullis cedar writes", () => {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-mutants-"));
  const all: World[] = [];
  beforeAll(() => {
    all.push(...worlds());
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("agrees with the product", () => {
    expect(all).toHaveLength(WORLDS + 1);
    for (const { files, asked, allowed } of all) expect(asked.map(createDecide(files))).toEqual(allowed);
  });

  it.each(MUTATIONS.slice(0, draws(MUTATIONS.length, 10)))("does not agree if $name", async (mutation) => {
    const create = await importMutant(mutation, folder);
    expect(all.some((world) => differs(world, create))).toBe(true);
  });
});
