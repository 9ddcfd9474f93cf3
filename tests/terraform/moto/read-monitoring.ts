import { deepStrictEqual as equal, ok } from "node:assert";
import { DescribeMetricFiltersCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { Deployed } from "./deployed.ts";
import type { Account } from "./support/account.ts";
import { type Moto, REGION } from "./support/moto.ts";
import type { Report } from "./support/report.ts";

/** Reads an environment's monitoring, as far as moto stores it, and checks it. */
export async function readMonitoring(
  { outputs }: Deployed,
  account: Account,
  moto: Moto,
  report: Report,
): Promise<void> {
  const { monitoring } = outputs;
  await report.check("every alarm exists, and notifies the topic", async () => {
    const alarms = await query(moto, "monitoring", "DescribeAlarms", "2010-08-01");
    equal(elementValues(alarms, "AlarmName").sort(), monitoring?.alarms);
    ok(alarms.includes(`<member>${monitoring?.topic_arn ?? "none"}</member>`), alarms);
    ok(alarms.includes("ANOMALY_DETECTION_BAND(denied, 4)"), alarms);
    const topics = await query(moto, "sns", "ListTopics", "2010-03-31");
    ok(elementValues(topics, "TopicArn").includes(monitoring?.topic_arn ?? "none"), topics);
  });
  await report.check("denials are counted in the access log", async () => {
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
    const text = await query(moto, "monitoring", `GetDashboard&DashboardName=${name}`, "2010-08-01");
    for (const shown of [outputs.authorizer.function, "AWS/ApiGateway", "StalePermissions"])
      ok(text.includes(shown), text);
  });
}

/** Sends a request in AWS's query protocol, so that single requests need no client. */
async function query({ endpoint }: Moto, service: string, action: string, version: string): Promise<string> {
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

const elementValues = (xml: string, element: string): string[] =>
  [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"))].map(([, value = ""]) => value);
