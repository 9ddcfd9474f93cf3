import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

const page = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
const section = page.slice(page.indexOf("## A role for CI"), page.indexOf("## Roles of the functions"));
type Policy = { readonly Statement: readonly Statement[] } | readonly Statement[];
const statementsIn = (text: string): Statement[] =>
  [...text.matchAll(/```json\n(.*?)```/gs)]
    .map(([, json = ""]) => JSON.parse(json) as Policy)
    .flatMap((policy) => ("Statement" in policy ? policy.Statement : policy))
    .filter(({ Resource }) => Resource !== undefined);
const statements = statementsIn(section);

/** The actions that accept no resource, by AWS's service authorization reference; they return names. */
const WITHOUT_RESOURCE = [
  "application-autoscaling:DescribeScalableTargets",
  "application-autoscaling:DescribeScheduledActions",
  "application-autoscaling:ListTagsForResource",
  "logs:DescribeLogGroups",
  "ssm:DescribeParameters",
];
/** The deployment's prefix, its API's id, and what the page has as examples of the owner's own. */
const OWN =
  /portcullis(-\*|\/\*)|restapis(\/|%2F)a1b2c3d4e5|:::example-terraform-state$|function:example-documents\*$/;

describe("The role for plans in CI", () => {
  it("is documented", () => {
    expect(statements.length).toBeGreaterThan(5);
  });

  it.each(statements)("reads in $Sid only the product's own resources", ({ Action, Resource }) => {
    for (const resource of [Resource].flat())
      if (resource === "*") for (const action of [Action].flat()) expect(WITHOUT_RESOURCE).toContain(action);
      else expect(resource).toMatch(OWN);
  });

  it.each(statements)("changes in $Sid nothing but the state's lock", ({ Sid, Action }) => {
    if (Sid !== "StateLock")
      for (const action of [Action].flat())
        expect(action).toMatch(/^[a-z0-9-]+:(GET|Get|List|Describe|Scan)/);
  });
});

/** The API by its id, its domain by its name, and the one setting of the account. */
const OWN_API =
  /restapis(\/|%2F)a1b2c3d4e5|::\/domainnames(\/api\.example\.com(\/\*)?)?$|::\/account$|webacl\/portcullis-\*$/;

describe("All roles of the page", () => {
  const ofApiGateway = statementsIn(page).filter(({ Action }) =>
    [Action].flat().some((action) => action.startsWith("apigateway:")),
  );

  it("are documented for deployments, plans and doctor", () => {
    expect(ofApiGateway.filter(({ Sid }) => Sid === "Api")).toHaveLength(3);
  });

  // Plans and keys have no names, and their ids are made with them.
  it.each(ofApiGateway.filter(({ Sid }) => Sid !== "UsagePlans"))(
    "reach in $Sid no other API",
    ({ Resource }) => {
      for (const resource of [Resource].flat()) expect(resource).toMatch(OWN_API);
    },
  );
});
