import { describe, expect, it } from "vitest";
import { itemOf, itemsWith, loadWith, problemLines } from "../../../support/policy-files.ts";

const plans = (text: string, plan = "free") => ({
  "plans.yaml": text,
  "tenants/acme.yaml": `plan: ${plan}\n`,
});

describe("a plan", () => {
  it("has a ceiling of routes, explicit ones included, and its roles, sorted", () => {
    const text =
      'free:\n  description: Little\n  ceiling: ["ANY /documents/**", users.read]\n  roles: [viewer]\n  throttle: { rate: 2.5, burst: 10 }\n';
    expect(itemOf(itemsWith(plans(text)), "PLAN#free")).toMatchObject({
      pk: "CATALOGUE",
      name: "free",
      description: "Little",
      ceiling: [
        "DELETE /documents/{documentId}",
        "GET /documents",
        "GET /documents/search",
        "GET /documents/{documentId}",
        "GET /users/{userId}",
        "POST /documents",
        "PUT /documents/{documentId}",
      ],
      roles: ["viewer"],
      throttle: { rate: 2.5, burst: 10 },
    });
  });

  it("has a quota of a day, a week or a month", () => {
    const quota = (written: string) => plans(`free:\n  ceiling: ["ANY /**"]\n  quota: ${written}\n`);
    expect(itemOf(itemsWith(quota("{ limit: 5, period: WEEK }")), "PLAN#free")).toMatchObject({
      quota: { limit: 5, period: "WEEK" },
    });
    expect(problemLines(loadWith(quota("{ limit: 0, period: HOUR, perid: DAY }")))).toEqual([
      "plans.yaml:3:19: free.quota.limit: must be greater than 0, found 0",
      'plans.yaml:3:30: free.quota.period: expected DAY, WEEK or MONTH, found "HOUR"',
      'plans.yaml:3:36: unknown key "perid"; did you mean "period"?',
    ]);
  });

  it("without roles has all shared roles, and its item does not list them", () => {
    expect(itemOf(itemsWith(plans('free: { ceiling: ["ANY /**"] }\n')), "PLAN#free")).not.toHaveProperty(
      "roles",
    );
  });

  it("must name routes and roles that exist", () => {
    const text = 'free:\n  ceiling: ["ANY /**", documents.raed]\n  roles: [viwer]\n';
    expect(problemLines(loadWith(plans(text)))).toEqual([
      'plans.yaml:2:24: "documents.raed": no operation has this permission; did you mean "documents.read"?',
      'plans.yaml:3:11: plan free: there is no shared role "viwer"; did you mean "viewer"?',
    ]);
  });

  it("must be named by each tenant if there is a plans.yaml", () => {
    const text = 'free: { ceiling: ["ANY /**"] }\nteam: { ceiling: ["ANY /**"] }\n';
    expect(problemLines(loadWith({ "plans.yaml": text }))).toEqual([
      "tenants/acme.yaml:1:1: plan is missing: expected one of free, team",
    ]);
    expect(problemLines(loadWith(plans(text, "fre")))).toEqual([
      'tenants/acme.yaml:1:7: plan: there is no plan "fre"; did you mean "free"?',
    ]);
  });

  it("with an error is reported, but not that its tenants' plan is missing", () => {
    expect(problemLines(loadWith(plans('free:\n  ceiling: ["ANY /**"]\n  roles: viewer\n')))).toEqual([
      'plans.yaml:3:10: free.roles: expected a list, found "viewer"',
    ]);
  });
});
