import { deepStrictEqual as equal, ok } from "node:assert";
import { GetRestApiCommand, type RestApi } from "@aws-sdk/client-api-gateway";
import { type Account, openAccount } from "./support/account.ts";
import { VALUES, writeValues } from "./support/environment.ts";
import { createBucket, createZone, type Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { type Terraform, terraformFor } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";

const API = "policies/api.yaml";
const VERSION = "openapi: 3.0.3\n";
const MEDIA_TYPES = "x-amazon-apigateway-binary-media-types";
const LISTED = `${MEDIA_TYPES}: [image/avif, application/pdf]\n`;
const COMPRESSION = "x-amazon-apigateway-minimum-compression-size: 1024\n";
const DENIES = [{ sid: "ReadOnly", resources: ["DELETE/*"] }];

type Inputs = Readonly<Record<string, object | boolean>>;

/** A deployed stage, and how to change it. */
interface Stage {
  readonly workspace: Workspace;
  readonly terraform: Terraform;
  /** Applies dev with these inputs. */
  readonly apply: (inputs: Inputs) => Promise<void>;
  readonly readApi: () => Promise<RestApi>;
  readonly check: (claim: string, run: () => Promise<void>) => Promise<unknown>;
}

/**
 * Changes a running stage step by step, and reads the API back after each step. An import resets properties of the API,
 * which the provider then sets from its state, so only a change of an existing API shows what it has in the end.
 */
export async function changeRunningStage(workspace: Workspace, moto: Moto, report: Report): Promise<void> {
  const account = openAccount(moto);
  const terraform = terraformFor(workspace, moto, "dev", VALUES);
  const stage: Stage = {
    workspace,
    terraform,
    apply: (inputs) => applyWith(workspace, terraform, inputs),
    readApi: () => readApi(terraform, account),
    check: (claim, run) => report.check(`changes on moto, ${moto.kind}: ${claim}`, run),
  };
  try {
    await createBucket(moto, "quill-terraform-state");
    await terraform.init();
    await stage.apply({});
    // Plain moto has neither patches of media types nor resource policies.
    if (moto.kind === "like-aws") await changeProperties(stage);
    await changeUsagePlans(stage);
    // What is the same on both.
    if (moto.kind === "plain") {
      await forgetLogRole(stage, moto);
      await addDomain(stage, moto);
    }
    await stage.check("the plan after these changes is empty", () => planIsEmpty(terraform));
    await stage.check("all of it is destroyed", () => terraform.destroy());
  } finally {
    account.close();
  }
}

async function changeProperties({ workspace, apply, readApi, check }: Stage): Promise<void> {
  await check("media types and compression of api.yaml reach an API that exists", async () => {
    workspace.edit(API, VERSION, VERSION + LISTED + COMPRESSION);
    await workspace.build();
    await apply({ denies: DENIES });
    const { binaryMediaTypes, minimumCompressionSize } = await readApi();
    equal([binaryMediaTypes?.toSorted(), minimumCompressionSize], [["application/pdf", "image/avif"], 1024]);
  });
  await check(
    "an empty list of media types replaces a list, and the API keeps its other properties",
    async () => {
      workspace.edit(API, LISTED, `${MEDIA_TYPES}: []\n`);
      await workspace.build();
      await apply({ denies: DENIES });
      const { policy = "", description, disableExecuteApiEndpoint, name, ...found } = await readApi();
      equal(found.binaryMediaTypes ?? [], []);
      ok(policy.includes("ReadOnly"), policy);
      equal(
        [name, description, disableExecuteApiEndpoint],
        ["portcullis-dev", "Guarded by Portcullis", false],
      );
    },
  );
}

async function addDomain({ terraform, apply, check }: Stage, moto: Moto): Promise<void> {
  await check("a domain in a zone gets a certificate and a record", async () => {
    const zone_id = await createZone(moto, "quill.example");
    await apply({ domain: { name: "api.quill.example", zone_id } });
    const { url, domain_target: target } = await terraform.outputs();
    equal(url, "https://api.quill.example");
    const records = moto.calls().filter(({ path }) => path.endsWith(`/hostedzone/${zone_id}/rrset/`));
    equal(records.length, 2);
    const { name } = target as { name: string };
    const [validation, alias] = records.map(({ body }) => body.replace(/\s+/g, ""));
    ok(validation?.includes("<Type>CNAME</Type>"), validation);
    ok(
      alias?.includes("<Name>api.quill.example</Name>") && alias.includes(`<DNSName>${name}</DNSName>`),
      alias,
    );
  });
}

/** Addresses of the account's role for logs, in this version and in the one before it. */
const LOG_ROLE = [
  ["aws_api_gateway_account.this", "aws_api_gateway_account.this[0]"],
  ["aws_iam_role.this", "aws_iam_role.logging[0]"],
  ["aws_iam_role_policy_attachment.this", "aws_iam_role_policy_attachment.logging[0]"],
] as const;

async function forgetLogRole({ terraform, apply, check }: Stage, moto: Moto): Promise<void> {
  await check("the role for logs that an earlier version created stays in the account", async () => {
    await apply({ manage_account_logging: true });
    for (const [now, before] of LOG_ROLE)
      await terraform.move(`module.account_logging[0].${now}`, `module.api[0].${before}`);
    const calls = moto.calls().length;
    await apply({});
    const changed = moto.calls().slice(calls);
    equal(
      changed.filter(({ path, body }) => path === "/account" || /Action=De(lete|tach)Role/.test(body)),
      [],
    );
    equal(await terraform.resources().then((found) => found.filter(isOfLogRole)), []);
  });
}

const isOfLogRole = ({ address }: { address: string }): boolean =>
  LOG_ROLE.some(([, before]) => address === `module.api[0].${before}`);

async function changeUsagePlans({ apply, readApi, check }: Stage): Promise<void> {
  for (const [claim, enforced, source] of [
    ["keys that are not yet enforced do not change the key's source", false, "HEADER"],
    ["enforced keys come from the authorizer", true, "AUTHORIZER"],
    ["keys that are no longer enforced are no longer needed", false, "HEADER"],
    ["keys that are enforced again come from the authorizer", true, "AUTHORIZER"],
  ] as const)
    await check(claim, async () => {
      await apply({ usage_plans: { enforced } });
      equal((await readApi()).apiKeySource, source);
    });
}

/** moto has no deployments of HTTP APIs, so there is no stage. */
const HTTP_API = ["-var=api_type=http", "-target=module.http_api[0].aws_apigatewayv2_api.this"];

/** Changes the body of an HTTP API. Its import takes over more of the body than that of a REST API. */
export async function changeHttpApi(workspace: Workspace, moto: Moto, report: Report): Promise<void> {
  const terraform = terraformFor(workspace, moto, "dev", VALUES);
  writeValues(workspace, "dev", {});
  await workspace.build("--api-type", "http");
  await createBucket(moto, "quill-terraform-state");
  await terraform.init();
  await terraform.apply(...HTTP_API);
  const title = `changes of an HTTP API on moto, ${moto.kind}: a change of api.yaml is followed by an empty plan`;
  await report.check(title, async () => {
    workspace.edit(API, "  description: Documents for teams.", "  description: Documents for all teams.");
    workspace.edit(API, "version: 1.0.0", "version: 1.1.0");
    await workspace.build("--api-type", "http");
    ok((await terraform.plan(...HTTP_API)).changes);
    await terraform.apply(...HTTP_API);
    await planIsEmpty(terraform, HTTP_API);
  });
}

async function planIsEmpty(terraform: Terraform, args: readonly string[] = []): Promise<void> {
  const { changes, output } = await terraform.plan(...args);
  ok(!changes, output);
}

async function applyWith(workspace: Workspace, terraform: Terraform, inputs: Inputs): Promise<void> {
  const backends = { billing: { url: "https://billing.dev.quill.example/v1" } };
  writeValues(workspace, "dev", backends, inputs);
  await terraform.apply();
}

async function readApi(terraform: Terraform, { apiGateway }: Account): Promise<RestApi> {
  const { api_id } = await terraform.outputs();
  return apiGateway.send(new GetRestApiCommand({ restApiId: String(api_id) }));
}
