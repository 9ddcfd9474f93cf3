import { deepStrictEqual as equal, ok } from "node:assert";
import {
  type APIGatewayClient,
  GetAuthorizersCommand,
  GetMethodCommand,
  GetResourcesCommand,
  GetStageCommand,
} from "@aws-sdk/client-api-gateway";
import { GetPolicyCommand } from "@aws-sdk/client-lambda";
import { parse } from "yaml";
import { LOCAL_AUDIENCE } from "../../../local/identity-provider/identity-provider.ts";
import { extract, pack, portcullis } from "../../package/package.ts";
import type { Account } from "./support/account.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { type Terraform, terraformIn } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";

const EXAMPLE = "examples/adopt";
/** The team's own function. No test calls it. */
const LEDGER =
  "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:123456789012:function:ledger/invocations";

/** Applies examples/adopt in both ways, reads the authorizers back, and destroys all of it. */
export async function adoptExamples(
  workspace: Workspace,
  moto: Moto,
  account: Account,
  report: Report,
): Promise<void> {
  await build(workspace);
  const [resources, document] = ["resources", "document"].map((way) => prepareExample(workspace, moto, way));
  if (resources === undefined || document === undefined) throw new Error("An example is missing");
  for (const [way, terraform] of [
    ["resources", resources],
    ["document", document],
  ] as const) {
    await terraform.init();
    await report.check(
      `adopt, by ${way}: is applied to the team's own API, and a second plan is empty`,
      async () => {
        await terraform.apply();
        const { changes, output } = await terraform.plan();
        ok(!changes, output);
      },
    );
    await report.check(
      `adopt, by ${way}: the stage has the stage variables, and only this API may call the function`,
      () => checkStage(terraform, account),
    );
  }
  await report.check(
    "adopt, by resources: each method has the authorizer of its group, and the others do not change",
    () => checkMethods(resources, account.apiGateway),
  );
  await report.check(
    "adopt, by document: the applied body is the team's, with Portcullis's authorizers",
    () => checkBody(document),
  );
  await report.check(
    "adopt, by document: a plan with an edited document fails, and prints the command to run",
    async () => {
      workspace.edit(`${EXAMPLE}/openapi.yaml`, "operationId: getStatus", "operationId: status");
      const output = await document.failingPlan();
      ok(output.includes("npx portcullis build --into"), output);
    },
  );
  workspace.edit(`${EXAMPLE}/openapi.yaml`, "operationId: status", "operationId: getStatus");
  await report.check("adopt: both are destroyed", async () => {
    await resources.destroy();
    await document.destroy();
  });
}

/** Installs the packed package into the example, and builds there. */
async function build({ folder }: Workspace): Promise<void> {
  const cwd = `${folder}/${EXAMPLE}`;
  await extract(await pack(cwd), `${cwd}/node_modules/portcullis`);
  await portcullis(cwd, cwd, "build", "--into", "openapi.yaml");
}

function prepareExample(workspace: Workspace, moto: Moto, way: string): Terraform {
  const folder = `${workspace.folder}/${EXAMPLE}/${way}`;
  const issuers = { main: { url: "https://login.ledger.example", audiences: [LOCAL_AUDIENCE] } };
  const values = { issuers, ledger_uri: LEDGER };
  workspace.write(`${EXAMPLE}/${way}/values.tfvars.json`, JSON.stringify(values));
  return terraformIn({ folder }, moto, ["-var-file=values.tfvars.json"], []);
}

interface AdoptOutputs {
  readonly api: { readonly id: string; readonly stage: string };
  readonly stage_variables: Readonly<Record<string, string>>;
  readonly authorizer: { readonly function: string; readonly alias: string };
}

const readOutputs = async (terraform: Terraform): Promise<AdoptOutputs> =>
  (await terraform.outputs()) as unknown as AdoptOutputs;

async function checkStage(terraform: Terraform, { apiGateway, lambda }: Account): Promise<void> {
  const { api, stage_variables: wanted, authorizer } = await readOutputs(terraform);
  const { variables = {} } = await apiGateway.send(
    new GetStageCommand({ restApiId: api.id, stageName: api.stage }),
  );
  ok(Object.keys(wanted).length > 1);
  for (const [name, value] of Object.entries(wanted)) equal([name, variables[name]], [name, value]);
  const { Policy = "" } = await lambda.send(
    new GetPolicyCommand({ FunctionName: authorizer.function, Qualifier: authorizer.alias }),
  );
  ok(Policy.includes(`${api.id}/authorizers/*`), Policy);
}

async function checkMethods(terraform: Terraform, client: APIGatewayClient): Promise<void> {
  const restApiId = (await readOutputs(terraform)).api.id;
  const { items: authorizers = [] } = await client.send(new GetAuthorizersCommand({ restApiId }));
  const names = new Map(authorizers.map(({ id, name }) => [id, name]));
  const { items = [] } = await client.send(new GetResourcesCommand({ restApiId }));
  const guards = await Promise.all(
    items.flatMap(({ id, path, resourceMethods = {} }) =>
      Object.keys(resourceMethods).map(async (httpMethod) => {
        const method = await client.send(new GetMethodCommand({ restApiId, resourceId: id, httpMethod }));
        return [`${httpMethod} ${path}`, names.get(method.authorizerId) ?? method.authorizationType];
      }),
    ),
  );
  equal(Object.fromEntries(guards), GUARDS);
}

const GUARDS: Readonly<Record<string, string>> = {
  "GET /accounts": "portcullis_g1",
  "GET /accounts/{accountId}": "portcullis_g1",
  "GET /accounts/{accountId}/entries": "portcullis_g2",
  "POST /accounts/{accountId}/entries": "portcullis_g2",
  "GET /status": "NONE",
  "GET /exports/{exportId}": "AWS_IAM",
};

interface Applied {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly security?: unknown }>>>>;
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
}

/** Checks the applied body, because moto drops the authorizers of an import. */
async function checkBody(terraform: Terraform): Promise<void> {
  const api = (await terraform.resources()).find(({ type }) => type === "aws_api_gateway_rest_api");
  const text = String(api?.values["body"]);
  const { paths, components } = parse(text) as Applied;
  ok(text.includes("# the busiest of all") && !text.includes("${"), text);
  for (const [route, guard] of Object.entries(GUARDS)) {
    const [method = "", path = ""] = route.split(" ");
    const scheme = guard === "AWS_IAM" ? "sigv4" : guard;
    const wanted = guard === "NONE" ? [] : [{ [scheme]: [] }];
    equal([route, paths[path]?.[method.toLowerCase()]?.security], [route, wanted]);
  }
  const { alias } = (await readOutputs(terraform)).authorizer;
  const settings = components.securitySchemes["portcullis_g2"]?.["x-amazon-apigateway-authorizer"];
  ok(JSON.stringify(settings).includes(`:${alias}/invocations`), JSON.stringify(settings));
  equal((settings as { authorizerResultTtlInSeconds?: unknown }).authorizerResultTtlInSeconds, 60);
}
