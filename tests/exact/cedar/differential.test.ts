import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadPolicies, type PolicySet } from "../../../core/policy-files/model/policy-set.ts";
import { draws } from "../../support/draws.ts";
import { CedarEngine, problemsOf } from "./cedar-engine.ts";
import { createDecide } from "./product-engine.ts";
import type { Question } from "./question.ts";
import { GITHUB, type RandomApi, SAMPLE, SAMPLE_FILES } from "./random-apis.ts";
import { folders, questions } from "./random-folders.ts";

type Files = ReadonlyMap<string, string>;

const load = (files: Files): PolicySet | undefined => loadPolicies(files, "dev").policies;

/** Asks both engines. Returns how many requests were allowed. */
function compare(files: Files, policies: PolicySet, asked: readonly Question[]): number {
  const [cedar, decide] = [new CedarEngine(policies), createDecide(files)];
  // For GitHub's API the validation takes seconds, because Cedar validates each policy for each action.
  if (policies.api.operations.length < draws(Number.POSITIVE_INFINITY, 100))
    expect(problemsOf(cedar.files)).toBe("");
  const allowed = asked.filter((question) => {
    const ours = decide(question);
    if (cedar.allows(question) !== ours)
      expect.fail(
        `Cedar does not agree that Portcullis ${ours ? "allows" : "denies"} ${JSON.stringify(question)}`,
      );
    return ours;
  });
  return allowed.length;
}

function compareRandom(api: RandomApi, worlds: number, perWorld: number): void {
  const total = { decisions: 0, allowed: 0, rejected: 0 };
  fc.assert(
    fc.property(folders(api), fc.integer(), (files, seed) => {
      const policies = load(files);
      if (policies === undefined) total.rejected++;
      fc.pre(policies !== undefined);
      const asked = fc.sample(questions(api), { seed, numRuns: perWorld });
      total.allowed += compare(files, policies, asked);
      total.decisions += asked.length;
    }),
    { numRuns: worlds, endOnFailure: true, maxSkipsPerRun: 20 },
  );
  process.stdout.write(`\n${api.name}: ${JSON.stringify(total)}\n`);
  expect(total.decisions).toBe(worlds * perWorld);
  // Neither everything nor nothing is allowed, so that both kinds of difference would be found.
  expect(total.allowed).toBeGreaterThan(0);
  expect(total.allowed).toBeLessThan(total.decisions);
}

/** The names of the sample. */
const NAMES = {
  tenants: ["acme", "globex", "hooli", "initech"],
  roles: ["viewer", "editor", "admin", "accountant"],
  ownRoles: ["auditor"],
  issuers: ["main", "acme-okta"],
  clients: ["quill-web", "quill-assistant", "acme-intranet"],
  delegates: ["quill-agent"],
};
/** A decision of Cedar takes about half a millisecond. */
const OF_SAMPLE = draws(20_000, 300);
const SAMPLE_WORLDS = draws(60, 6);
const PER_WORLD = draws(1_000, 200);
const PER_GITHUB_WORLD = draws(20_000, 600);

const SLOW = { timeout: 400_000 };

describe("Cedar, asked by what portcullis cedar writes, decides as Portcullis", () => {
  it(`in ${OF_SAMPLE} requests of the sample`, () => {
    const policies = load(SAMPLE_FILES);
    if (policies === undefined) throw new Error("The sample has errors");
    const asked = fc.sample(questions(SAMPLE, NAMES), OF_SAMPLE);
    expect(compare(SAMPLE_FILES, policies, asked)).toBeGreaterThan(0);
  });

  it(`in ${SAMPLE_WORLDS * PER_WORLD} requests of random folders of the sample's API`, SLOW, () =>
    compareRandom(SAMPLE, SAMPLE_WORLDS, PER_WORLD),
  );

  it(`in ${PER_GITHUB_WORLD} requests of a random folder of GitHub's API`, SLOW, () =>
    compareRandom(GITHUB, 1, PER_GITHUB_WORLD),
  );
});
