import type { Item } from "../../core/model/items.ts";
import { plural } from "../../core/model/plural.ts";
import {
  type AccessChange,
  type AccessDiff,
  diffAccess,
  isDecided,
} from "../../core/policy-files/access/diff.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import { explicitRoutes } from "../../core/policy-files/model/operation.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { changesBetween, countChanges } from "../../core/policy-files/publish/steps.ts";
import { printAccessDiff } from "../access/print-access-diff.ts";
import { readOutputs } from "./outputs.ts";
import { type DeployContext, type DeployStep, StepFailed } from "./step.ts";

/** The most that may be lost of all combinations of tenant, role and route without --accept-loss, in percent. */
const MAX_LOSS_PERCENT = 10;

/**
 * Prints the access that the deployment gives and takes, compared with the live table. Fails for changes that are
 * rarely intended, unless a flag accepts them.
 */
export const showAccess: DeployStep = {
  name: "access gained and lost",
  next: "correct the policy files, or accept the change with the flag that the message names",
  async run(deployment, { policies }) {
    if (policies === undefined) throw new Error("The policy files were not read");
    const deployed = await readLive(deployment);
    if (deployed === undefined) {
      deployment.print("Nothing is deployed yet: all access is new");
      return {};
    }
    const { live, keeper } = deployed;
    const [current] = policies;
    const wanted = permissionItems(current);
    if (isDecided(live)) {
      const found = diffAccess(live, wanted, explicitRoutes(current.api));
      for (const line of printAccessDiff(found)) deployment.print(line);
      rejectLoss(found, deployment);
      rejectGains(found, current, deployment);
    } else
      deployment.print(
        "The table has no catalogue, as after a restore, so it allows no request: all access is new",
      );
    return { unpublished: keeper === "publish" ? countChanges(changesBetween(live, wanted)) : 0 };
  },
};

/** Reads the table's items and who keeps them. Returns undefined before the first deployment. */
async function readLive({
  run,
  readTable,
}: DeployContext): Promise<{ readonly live: readonly Item[]; readonly keeper: unknown } | undefined> {
  const { table_name: table, keeper } = await readOutputs({ run });
  if (typeof table !== "string") return undefined;
  try {
    return { live: await readTable(table), keeper };
  } catch (error) {
    const { name } = error as Error;
    throw new StepFailed(
      `the table ${table} cannot be read (${name})`,
      "set AWS_REGION and credentials that may scan the table; docs/operations.md has the permissions",
    );
  }
}

function rejectLoss({ lost, before }: AccessDiff, { acceptLoss }: DeployContext): void {
  if (acceptLoss || before === 0 || (100 * lost) / before <= MAX_LOSS_PERCENT) return;
  throw new StepFailed(
    `${lost} of ${before} combinations of tenant, role and route lose access, more than ${MAX_LOSS_PERCENT} %`,
    "if this is intended, add --accept-loss",
  );
}

function rejectGains({ changes }: AccessDiff, { api }: PolicySet, { accept }: DeployContext): void {
  const names = ({ route }: AccessChange): string[] => {
    const operation = api.operations.find((candidate) => candidate.route.key === route);
    return [route, ...(operation?.permission === undefined ? [] : [operation.permission])];
  };
  const unaccepted = changes.filter(
    (change) =>
      change.kind === "gain" && change.explicit && !names(change).some((name) => accept.includes(name)),
  );
  const [first] = unaccepted;
  if (first === undefined) return;
  const routes = [...new Set(unaccepted.map(({ route }) => route))].join(", ");
  throw new StepFailed(
    `${plural(unaccepted.length, "gain")} of explicit operations must be accepted: ${routes}`,
    `if this is intended, add --accept ${names(first).at(-1)}`,
  );
}
