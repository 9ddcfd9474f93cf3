import { deepStrictEqual as equal, ok } from "node:assert";
import { DescribeMetricFiltersCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { Deployed } from "./deployed.ts";
import type { Account } from "./support/account.ts";
import { type Moto, REGION } from "./support/moto.ts";
import type { Report } from "./support/report.ts";

/** Reads what watches over an environment, as far as moto keeps it. */
export async function readMonitoring(
  { outputs }: Deployed,
  account: Account,
  moto: Moto,
  report: Report,
): Promise<void> {
  const { monitoring } = outputs;
  await report.check("every alarm stands, and is sent to the topic", async () => {
    const alarms = await ask(moto, "monitoring", "DescribeAlarms", "2010-08-01");
    equal(valuesOf(alarms, "AlarmName").sort(), monitoring?.alarms);
    ok(alarms.includes(`<member>${monitoring?.topic_arn ?? "none"}</member>`), alarms);
    ok(alarms.includes("ANOMALY_DETECTION_BAND(refused, 4)"), alarms);
    const topics = await ask(moto, "sns", "ListTopics", "2010-03-31");
    ok(valuesOf(topics, "TopicArn").includes(monitoring?.topic_arn ?? "none"), topics);
  });
  await report.check("refusals are counted in the access log", async () => {
    const { metricFilters = [] } = await account.logs.send(
      new DescribeMetricFiltersCommand({ logGroupName: outputs.access_log_group }),
    );
    equal(metricFilters.map(({ filterPattern }) => filterPattern).sort(), [
      '{ $.responseType = "ACCESS_DENIED" }',
      '{ $.responseType = "UNAUTHORIZED" }',
    ]);
  });
  await report.check("the dashboard shows this function and this stage", async () => {
    const name = encodeURIComponent(monitoring?.dashboard ?? "");
    const text = await ask(moto, "monitoring", `GetDashboard&DashboardName=${name}`, "2010-08-01");
    for (const shown of [outputs.authorizer.function, "AWS/ApiGateway", "StalePermissions"])
      ok(text.includes(shown), text);
  });
}

/** By AWS's query protocol: two services for one question each, which need no client. */
async function ask({ endpoint }: Moto, service: string, action: string, version: string): Promise<string> {
  const scope = `20260101/${REGION}/${service}/aws4_request`;
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization: `AWS4-HMAC-SHA256 Credential=test/${scope}, SignedHeaders=host, Signature=none`,
    },
    body: `Action=${action}&Version=${version}`,
  });
  const text = await response.text();
  ok(response.ok, text);
  return text;
}

const valuesOf = (xml: string, element: string): string[] =>
  [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"))].map(([, value = ""]) => value);
