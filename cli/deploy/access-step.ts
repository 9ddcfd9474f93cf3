import type { Item } from "../../core/model/items.ts";
import { type AccessChange, type AccessDiff, diffAccess } from "../../core/policy-files/access/diff.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import { explicitRoutes } from "../../core/policy-files/model/operation.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { printAccessDiff } from "../access/print-access-diff.ts";
import { type DeployContext, type DeployStep, StepFailed } from "./step.ts";

/** More of the combinations of tenant, role and route than this are not taken away by accident, in percent. */
const MOST_LOST = 10;

/** What the deployment changes as access, against what is live; it stops before what is rarely meant. */
export const showAccess: DeployStep = {
  name: "access gained and lost",
  next: "correct the policy files, or accept what is told above with the flag that it names",
  async run(deployment, { policies }) {
    if (policies === undefined) throw new Error("The policy files were not read");
    const live = await readLive(deployment);
    if (live === undefined) {
      deployment.say("Nothing is deployed yet: all access is new");
      return {};
    }
    const [current] = policies;
    const found = diffAccess(live, permissionItems(current), explicitRoutes(current.api));
    for (const line of printAccessDiff(found)) deployment.say(line);
    refuseLoss(found, deployment);
    refuseGains(found, current, deployment);
    return {};
  },
};

/** The table's items; undefined before the first deployment. */
async function readLive({ run, readTable }: DeployContext): Promise<readonly Item[] | undefined> {
  const { status, stdout } = await run("terraform", ["output", "-json"], { capture: true });
  if (status !== 0)
    throw new StepFailed(`terraform output ended with ${status}`, "terraform output shows what there is");
  const table = (JSON.parse(stdout || "{}") as { table_name?: { value?: unknown } }).table_name?.value;
  if (typeof table !== "string") return undefined;
  try {
    return await readTable(table);
  } catch (error) {
    const { name } = error as Error;
    throw new StepFailed(
      `the table ${table} cannot be read (${name})`,
      "set AWS_REGION and credentials that may scan the table; docs/operations.md has the permissions",
    );
  }
}

function refuseLoss({ lost, before }: AccessDiff, { acceptLoss }: DeployContext): void {
  if (acceptLoss || before === 0 || (100 * lost) / before <= MOST_LOST) return;
  throw new StepFailed(
    `${lost} of ${before} combinations of tenant, role and route lose access, more than ${MOST_LOST} %`,
    "if that is meant: --accept-loss",
  );
}

function refuseGains({ changes }: AccessDiff, { api }: PolicySet, { accept }: DeployContext): void {
  const names = ({ route }: AccessChange): string[] => {
    const operation = api.operations.find((candidate) => candidate.route.key === route);
    return [route, ...(operation?.permission === undefined ? [] : [operation.permission])];
  };
  const open = changes.filter(
    (change) =>
      change.kind === "gain" && change.explicit && !names(change).some((name) => accept.includes(name)),
  );
  const [first] = open;
  if (first === undefined) return;
  throw new StepFailed(
    `${open.length} gains are of operations that must be named: ${[...new Set(open.map(({ route }) => route))].join(", ")}`,
    `if that is meant: --accept ${names(first).at(-1)}`,
  );
}
