/** What these tests cannot verify, because moto does not store or run it, and what verifies it instead. */
export const NOT_VERIFIED: readonly string[] = [
  "that AWS accepts every request: moto is permissive",
  "that API Gateway imports authorizers, validators, models and gateway responses: moto drops them; the tests check the deployed body, and the local gateway runs it",
  "that API Gateway evaluates, caches, throttles and logs as the stage is configured: moto runs no request; the local gateway does, with the deployed body",
  "that AWS writes a stage's export, with which the doctor finds changes since the deployment, as expected: moto exports Swagger 2 without authorizers; the deployed definition replaces the export",
  "that IAM and function policies allow enough and not too much: moto enforces none; the tests check each statement",
  "an HTTP API: moto has no deployments of one, and its import drops authorizers and parameter mapping; mock tests plan it, and the local gateway runs its definition",
  "that Cognito runs the token trigger and applies its claims, rejects what the client may not write, and supports it in the tier: moto stores all of this and runs none; the tests run the deployed zip with events as AWS documents them, and apply its claims to moto's tokens",
  "provisioned concurrency and its schedule: moto has neither; mock tests plan both, and prod's plan has the former",
  "that EventBridge sends pings, and that an alias divides requests by its weights: moto runs neither; the tests read both back, and the handler gets the ping's event",
  "that session policies separate tenants: moto accepts them and enforces none; tests/examples evaluates them",
  "table replicas, custom KMS keys, VPC links, domain, firewall and resource policy: mock tests plan them, and nothing applies them",
  "saved queries and the composite alarm: moto has neither; mock tests plan them, and they are off with moto",
  "that CloudWatch reads metrics from log lines, learns a band and raises alarms, and that X-Ray accepts subsegments: moto computes nothing; the tests check the lines and datagrams",
  "that point-in-time recovery returns items of an earlier time: moto copies the present ones; the burn-rate alarms of an objective: moto has no composite alarm",
  "that the function starts on the deployed runtime and architecture: the tests run it on this machine's Node",
  "other versions of the AWS provider than the one that terraform init chose",
];
