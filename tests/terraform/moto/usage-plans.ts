import { deepStrictEqual as equal, ok } from "node:assert";
import {
  GetApiKeysCommand,
  GetUsagePlanKeysCommand,
  GetUsagePlansCommand,
  type UsagePlan,
} from "@aws-sdk/client-api-gateway";
import type { UsagePlanSettings } from "../../../local/apigateway/rest/gateway.ts";
import type { Deployed } from "./deployed.ts";
import { startDeployed } from "./deployed-api.ts";
import type { Account } from "./support/account.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";

/** Reads the deployed usage plans, and runs the API with them. */
export async function checkUsagePlans(
  deployed: Deployed,
  account: Account,
  moto: Moto,
  report: Report,
): Promise<void> {
  const plans = await readUsagePlans(deployed, account);
  await report.check("each plan is a usage plan of the stage, with the limits of the policy files", () => {
    const limits = [...plans].map(([name, { throttle, quota }]) => [name, { throttle, quota }]);
    const wanted = [...deployed.policies.plans].map(([name, { throttle, quota }]) => [
      name,
      { throttle, quota },
    ]);
    equal(Object.fromEntries(limits), Object.fromEntries(wanted));
  });
  await report.check("each tenant of the policy files has its own key in its plan's usage plan", () => {
    for (const [name, { keys }] of plans) {
      const tenants = [...deployed.policies.tenants.values()].filter(({ plan }) => plan === name);
      equal([name, keys.length], [name, tenants.length + 1]);
    }
  });
  await report.check("deployed: the function returns the created keys, until a plan's burst is used up", () =>
    checkThrottling(deployed, account, moto, [...plans.values()]),
  );
}

async function readUsagePlans(
  { outputs }: Deployed,
  { apiGateway }: Account,
): Promise<Map<string, UsagePlanSettings>> {
  const { items: plans = [] } = await apiGateway.send(new GetUsagePlansCommand({}));
  const { items: apiKeys = [] } = await apiGateway.send(new GetApiKeysCommand({ includeValues: true }));
  const values = new Map(apiKeys.map(({ id, value }) => [id, value ?? ""]));
  const ours = plans.filter(({ apiStages = [] }) => apiStages.some(({ apiId }) => apiId === outputs.api_id));
  const read = ours.map(async (plan) => {
    const { items = [] } = await apiGateway.send(new GetUsagePlanKeysCommand({ usagePlanId: plan.id }));
    const settings = { ...readLimits(plan), keys: items.map(({ id }) => values.get(id) ?? "") };
    return [plan.name?.replace(/^.*-/, "") ?? "", settings] as const;
  });
  return new Map(await Promise.all(read));
}

function readLimits({ throttle, quota }: UsagePlan): Omit<UsagePlanSettings, "keys"> {
  const { rateLimit: rate, burstLimit: burst } = throttle ?? {};
  const { limit, period } = quota ?? {};
  return {
    throttle: rate === undefined || burst === undefined ? undefined : { rate, burst },
    quota: limit === undefined || period === undefined ? undefined : { limit, period },
  };
}

/** Sends requests of two tenants until each is throttled, and checks that no log has a key. */
async function checkThrottling(
  deployed: Deployed,
  account: Account,
  moto: Moto,
  usagePlans: readonly UsagePlanSettings[],
): Promise<void> {
  const slow = usagePlans.map((plan) => ({ ...plan, throttle: plan.throttle && { rate: 0.001, burst: 2 } }));
  const api = await startDeployed(deployed, account, moto, { usagePlans: slow });
  try {
    const statuses = async (tenant: string): Promise<number[]> => {
      const token = await api.provider("main").mint({ tenants: [tenant], roles: ["viewer"] });
      const send = () => api.send({ method: "GET", path: "/documents", token });
      return [(await send()).status, (await send()).status, (await send()).status];
    };
    equal(await statuses("acme"), [200, 200, 429]);
    equal(await statuses("globex"), [200, 200, 429]);
    ok(api.logs().some((line) => line.includes('"responseType":"THROTTLED"')));
    const keys = usagePlans.flatMap((plan) => plan.keys);
    for (const line of api.logs()) ok(!keys.some((key) => line.includes(key)), "a log has a key");
  } finally {
    await api.close();
  }
}
