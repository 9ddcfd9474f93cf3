import { deepStrictEqual as equal, ok } from "node:assert";
import { GetRestApiCommand, type RestApi } from "@aws-sdk/client-api-gateway";
import { INTEGRATION_KEY } from "../../../core/policy-files/openapi/integrations.ts";
import { METADATA_PATH } from "../../../core/policy-files/openapi/resource-metadata.ts";
import { type Account, openAccount } from "./support/account.ts";
import { VALUES, writeValues } from "./support/environment.ts";
import { createBucket, createZone, type Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { type Terraform, terraformFor, terraformIn } from "./support/terraform.ts";
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
  readonly moto: Moto;
  readonly terraform: Terraform;
  /** Applies dev with these inputs. */
  readonly apply: (inputs: Inputs) => Promise<void>;
  readonly readApi: () => Promise<RestApi>;
  readonly check: (claim: string, run: () => Promise<unknown> | unknown) => Promise<unknown>;
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
    moto,
    terraform,
    apply: (inputs) => applyWith(workspace, terraform, inputs),
    readApi: () => readApi(terraform, account),
    check: (claim, run) => report.check(`changes on moto, ${moto.kind}: ${claim}`, run),
  };
  try {
    await createBucket(moto, "quill-terraform-state");
    await terraform.init();
    await (moto.kind === "like-aws" ? changeAll(stage) : enforceKeys(stage));
  } finally {
    account.close();
  }
}

/** Each apply changes several things at once, because an apply costs far more than what it changes. */
async function changeAll(stage: Stage): Promise<void> {
  const { workspace, moto, terraform, apply, check } = stage;
  await apply({ manage_account_logging: true });
  await checkRoleComesFirst(stage);
  await moveLogRole(terraform);
  await editApi(workspace, VERSION, VERSION + LISTED + COMPRESSION);
  const before = moto.calls().length;
  await apply({ denies: DENIES, usage_plans: { enforced: false } });
  await checkLogRole(stage, before);
  await checkMediaTypes(stage);
  await checkSource(stage, "keys that are not yet enforced do not change the key's source", "HEADER");
  await editApi(workspace, LISTED, `${MEDIA_TYPES}: []\n`);
  await apply({ denies: DENIES, usage_plans: ENFORCED });
  await checkNoMediaTypes(stage);
  await checkSource(stage, "enforced keys come from the authorizer", "AUTHORIZER");
  const domain = { name: "api.quill.example", zone_id: await createZone(moto, "quill.example") };
  await apply({ domain, usage_plans: { enforced: false } });
  await checkDomain(stage, domain.zone_id);
  await checkMetadata(stage);
  await checkSource(stage, "keys that are no longer enforced are no longer needed", "HEADER");
  await apply({ domain, usage_plans: ENFORCED });
  await checkSource(stage, "keys that are enforced again come from the authorizer", "AUTHORIZER");
  await check("the plan after these changes is empty", () => planIsEmpty(terraform));
  await check("all of it is destroyed", () => terraform.destroy());
}

async function editApi(workspace: Workspace, from: string, to: string): Promise<void> {
  workspace.edit(API, from, to);
  await workspace.build();
}

/** Does on plain moto what it stores: it has neither patches of media types nor resource policies. */
async function enforceKeys(stage: Stage): Promise<void> {
  await stage.apply({});
  await stage.apply({ usage_plans: ENFORCED });
  await checkSource(stage, "enforced keys come from the authorizer", "AUTHORIZER");
}

const ENFORCED = { enforced: true };

const checkSource = ({ readApi, check }: Stage, claim: string, source: string): Promise<unknown> =>
  check(claim, async () => equal((await readApi()).apiKeySource, source));

async function checkRoleComesFirst({ moto, check }: Stage): Promise<void> {
  await check("the account has the role for logs before the stage exists", () => {
    const paths = moto.calls().map(({ method, path }) => `${method} ${path}`);
    const role = paths.indexOf("PATCH /account");
    const stage = paths.findIndex((path) => /^POST \/restapis\/\w+\/stages$/.test(path));
    ok(role >= 0 && role < stage, paths.join("\n"));
  });
}

/** Addresses of the account's role for logs, in this version and in the one before it. */
const LOG_ROLE = [
  ["aws_api_gateway_account.this", "aws_api_gateway_account.this[0]"],
  ["aws_iam_role.this", "aws_iam_role.logging[0]"],
  ["aws_iam_role_policy_attachment.this", "aws_iam_role_policy_attachment.logging[0]"],
] as const;

async function moveLogRole(terraform: Terraform): Promise<void> {
  for (const [now, before] of LOG_ROLE)
    await terraform.move(`module.account_logging[0].${now}`, `module.api[0].${before}`);
}

async function checkLogRole({ moto, terraform, check }: Stage, before: number): Promise<void> {
  await check("the role for logs that an earlier version created stays in the account", async () => {
    const changed = moto.calls().slice(before);
    equal(
      changed.filter(({ path, body }) => path === "/account" || /Action=De(lete|tach)Role/.test(body)),
      [],
    );
    equal((await terraform.resources()).filter(isOfLogRole), []);
  });
}

const isOfLogRole = ({ address }: { address: string }): boolean =>
  LOG_ROLE.some(([, before]) => address === `module.api[0].${before}`);

async function checkMediaTypes({ readApi, check }: Stage): Promise<void> {
  await check("media types and compression of api.yaml reach an API that exists", async () => {
    const { binaryMediaTypes, minimumCompressionSize } = await readApi();
    equal([binaryMediaTypes?.toSorted(), minimumCompressionSize], [["application/pdf", "image/avif"], 1024]);
  });
}

async function checkNoMediaTypes({ readApi, check }: Stage): Promise<void> {
  await check(
    "an empty list of media types replaces a list, and the API keeps its other properties",
    async () => {
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

async function checkDomain({ moto, terraform, check }: Stage, zone: string): Promise<void> {
  await check("a domain in a zone gets a certificate and a record", async () => {
    const { url, domain_target: target } = await terraform.outputs();
    equal(url, "https://api.quill.example");
    const records = moto
      .calls()
      .filter(({ path }) => /\/hostedzone\/(\w+)\/rrset\/?$/.exec(path)?.[1] === zone);
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

interface MetadataBody {
  readonly paths: Record<
    typeof METADATA_PATH,
    {
      readonly get: Record<
        typeof INTEGRATION_KEY,
        {
          readonly responses: {
            readonly default: { readonly responseTemplates: { "application/json": string } };
          };
        }
      >;
    }
  >;
  readonly "x-amazon-apigateway-gateway-responses": {
    readonly UNAUTHORIZED: { readonly responseParameters: Readonly<Record<string, string>> };
  };
}

async function checkMetadata({ terraform, check }: Stage): Promise<void> {
  await check("a domain gives the API the metadata document, which a 401 names", async () => {
    const { resource_metadata: output } = await terraform.outputs();
    const url = "https://api.quill.example/.well-known/oauth-protected-resource";
    equal(output, { url, why: null });
    const api = (await terraform.resources()).find(({ type }) => type === "aws_api_gateway_rest_api");
    const body = JSON.parse(String(api?.values["body"])) as MetadataBody;
    const { responses } = body.paths[METADATA_PATH].get[INTEGRATION_KEY];
    equal(JSON.parse(responses.default.responseTemplates["application/json"]), {
      resource: "https://api.quill.example",
      authorization_servers: ["https://login.dev.quill.example/"],
      scopes_supported: ["docs:write"],
      bearer_methods_supported: ["header"],
      resource_name: "Quill",
    });
    const { responseParameters } = body["x-amazon-apigateway-gateway-responses"].UNAUTHORIZED;
    equal(
      responseParameters["gatewayresponse.header.WWW-Authenticate"],
      `'Bearer resource_metadata="${url}"'`,
    );
  });
}

/** A deployment of its own, next to the running stage. moto has no deployments of HTTP APIs, so there is no stage. */
const HTTP_API = [
  "-var=name=quill",
  "-var=api_type=http",
  "-target=module.http_api[0].aws_apigatewayv2_api.this",
];

/** Changes the body of an HTTP API. Its import takes over more of the body than that of a REST API. */
export async function changeHttpApi(workspace: Workspace, moto: Moto, report: Report): Promise<void> {
  // In a state of its own, because the bucket has that of the running stage.
  workspace.edit("root.tf", '  backend "s3" {}\n', "");
  const files = ["-var-file=environments/dev.tfvars", `-var-file=${VALUES}`];
  const terraform = terraformIn(workspace, moto, files, []);
  writeValues(workspace, "dev", {});
  await workspace.build("--api-type", "http");
  await terraform.init();
  await terraform.apply(...HTTP_API);
  const title = `changes of an HTTP API on moto, ${moto.kind}: a change of api.yaml is followed by an empty plan`;
  await report.check(title, async () => {
    workspace.edit(API, "  description: Documents for teams.", "  description: Documents for all teams.");
    workspace.edit(API, "version: 1.0.0", "version: 1.1.0");
    await workspace.build("--api-type", "http");
    const applied = await terraform.apply(...HTTP_API);
    ok(/ 0 added, 1 changed, 0 destroyed/.test(applied), applied);
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
