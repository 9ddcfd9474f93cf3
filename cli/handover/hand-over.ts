import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { TENANT_SORT_KEY } from "../../core/model/items.ts";
import type { RunProgram } from "../deploy/run-command.ts";
import { type Keeper, recordKeeper } from "../publish/keeper.ts";
import { acquireLock } from "../publish/lock.ts";
import { readTable } from "../table/read-items.ts";
import {
  findTable,
  type StateResource,
  type TerraformState,
  withItems,
  withoutItems,
} from "./terraform-state.ts";

/** A handover is not possible. The message says what to do. */
export class HandoverError extends Error {}

/** The most tenants that modules/permissions accepts with Terraform as the keeper. */
const MAX_TENANTS = 500;

export interface HandoverContext {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly run: RunProgram;
}

/**
 * Makes `keeper` the keeper of a table's file-owned items. Stops the other keeper first. No item of the policy files is
 * written or deleted, so no decision changes. May be run again after a failure.
 *
 * @throws HandoverError if Terraform's state cannot be used, or the table cannot have this keeper
 */
export async function handOver(keeper: Keeper, context: HandoverContext): Promise<void> {
  const { client, table } = context;
  const state = await pullState(context);
  const found = findTable(state, table);
  if (found === undefined)
    throw new HandoverError(
      `Terraform's state in this folder has no table ${table}: run the command in the folder of the table's environment, after npx portcullis deploy ENVIRONMENT --plan has initialised Terraform for it`,
    );
  const lock = await acquireLock(client, table, false);
  try {
    if (lock.interrupted)
      throw new HandoverError(
        `A publish to ${table} was interrupted: complete it with npx portcullis publish, then hand over`,
      );
    await (keeper === "publish" ? toPublish(state, found, context) : toTerraform(state, found, context));
  } finally {
    await lock.release(!lock.interrupted);
  }
}

/** Terraform forgets the items. */
async function toPublish(
  state: TerraformState,
  found: StateResource,
  context: HandoverContext,
): Promise<void> {
  await pushState(context, withoutItems(state, found));
  await recordKeeper(context.client, context.table, "publish");
}

/** Terraform gets the items as the table has them. The next plan shows what the policy files would change. */
async function toTerraform(
  state: TerraformState,
  found: StateResource,
  context: HandoverContext,
): Promise<void> {
  const { client, table } = context;
  const { ours } = await readTable(client, table);
  const tenants = ours.filter(({ sk }) => sk === TENANT_SORT_KEY).length;
  if (tenants > MAX_TENANTS)
    throw new HandoverError(
      `${table} has ${tenants} tenants of the policy files, but Terraform keeps at most ${MAX_TENANTS}: let publish keep them`,
    );
  await recordKeeper(client, table, "terraform");
  await pushState(context, withItems(state, found, ours));
}

async function pullState({ run }: HandoverContext): Promise<TerraformState> {
  const { status, stdout } = await run("terraform", ["state", "pull"], { capture: true });
  if (status === "missing")
    throw new HandoverError("There is no terraform on PATH: install Terraform 1.9 or later");
  if (status !== 0 || stdout.trim() === "")
    throw new HandoverError(
      "Terraform has no state in this folder: initialise it for the table's environment, for example with npx portcullis deploy ENVIRONMENT --plan",
    );
  return JSON.parse(stdout) as TerraformState;
}

/** Terraform rejects the state if another apply has changed it since it was read. */
async function pushState(context: HandoverContext, state: TerraformState): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-state-"));
  const file = join(folder, "terraform.tfstate");
  try {
    // A state can contain secrets.
    writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
    const { status } = await context.run("terraform", ["state", "push", file], { capture: true });
    if (status !== 0)
      throw new HandoverError(
        `terraform state push ended with ${status}: correct what Terraform reports, and run the command again`,
      );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
