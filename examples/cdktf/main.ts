import { App, S3Backend, TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { Portcullis, type PortcullisConfig } from "./.gen/modules/portcullis";

type Settings = Pick<PortcullisConfig, "issuers" | "permissions" | "throttle" | "manageAccountLogging">;

/** An environment: a stack with its own state. */
class Api extends TerraformStack {
  constructor(scope: Construct, environment: string, settings: Settings) {
    super(scope, environment);
    new S3Backend(this, {
      bucket: "my-terraform-state",
      key: `portcullis/${environment}.tfstate`,
      region: "eu-central-1",
      encrypt: true,
    });
    const portcullis = new Portcullis(this, "portcullis", {
      environment,
      // Relative to cdktf.out/stacks/<environment>, where Terraform runs.
      policiesDirectory: "../../../policies",
      buildDirectory: "../../../build",
      ...settings,
    });
    new TerraformOutput(this, "url", { value: portcullis.urlOutput, staticId: true });
    new TerraformOutput(this, "table_name", { value: portcullis.tableNameOutput, staticId: true });
  }
}

const app = new App();
new Api(app, "dev", {
  issuers: { main: { url: "https://login.dev.example.com", audiences: ["notes-dev"] } },
  permissions: { deletion_protection: false, point_in_time_recovery: false },
});
new Api(app, "prod", {
  issuers: { main: { url: "https://login.example.com", audiences: ["notes"] } },
  throttle: { rate: 1000, burst: 500 },
  manageAccountLogging: false,
});
app.synth();
