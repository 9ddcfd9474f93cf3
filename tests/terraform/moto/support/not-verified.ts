/** What moto neither keeps nor runs, and where it is looked at instead. */
export const NOT_VERIFIED: readonly string[] = [
  "that AWS accepts every request: moto is permissive",
  "that API Gateway imports authorizers, validators, models and gateway responses: moto drops them; asserted on the deployed body, and run by the local gateway",
  "that API Gateway evaluates, caches, throttles and logs as the stage says: moto runs no request; the local gateway does, with the deployed body",
  "that a stage's export, by which the doctor tells what changed since it was deployed, is as AWS writes it: moto exports Swagger 2 without authorizers; the deployed definition stands in for it",
  "that IAM and function policies suffice and forbid: moto enforces none; asserted statement by statement",
  "an HTTP API: moto has no deployments of one, and its import drops authorizers and parameter mapping; planned by mock tests, and its definition run by the local gateway",
  "that Cognito runs the token trigger and applies its answer, refuses what the client may not write, and what its tier allows: moto keeps all of it and does none; the deployed zip is run here with events as AWS documents them, and its answer applied to moto's tokens",
  "provisioned concurrency and its schedule: moto has none; planned by mock tests, the former for prod too",
  "that EventBridge pings, and that an alias divides requests by its weights: moto runs neither; read back, and the ping's event is given to the handler",
  "that session policies keep tenants apart: moto takes them and enforces none; evaluated in tests/examples",
  "table replicas, keys of one's own, VPC links, domain, firewall, resource policy: planned by mock tests, not applied",
  "saved queries and the composite alarm: moto has neither; planned by mock tests, and off where moto is used",
  "that CloudWatch reads metrics out of log lines, learns a band and raises alarms, and that X-Ray takes subsegments: moto computes nothing; the lines and datagrams are asserted",
  "that the function starts on the runtime and architecture deployed: run here on this machine's Node",
  "another version of the AWS provider than the one that terraform init chose",
];
