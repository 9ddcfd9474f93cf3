/** What moto neither keeps nor runs, and where it is looked at instead. */
export const NOT_VERIFIED: readonly string[] = [
  "that AWS accepts every request: moto is permissive",
  "that API Gateway imports authorizers, validators, models and gateway responses: moto drops them; asserted on the deployed body, and run by the local gateway",
  "that API Gateway evaluates, caches, throttles and logs as the stage says: moto runs no request; the local gateway does, with the deployed body",
  "that IAM and function policies suffice and forbid: moto enforces none; asserted statement by statement",
  "that session policies keep tenants apart: moto takes them and enforces none; evaluated in tests/examples",
  "provisioned concurrency: moto has none; planned by mock tests and for prod",
  "table replicas, keys of one's own, VPC links, domain, firewall, resource policy: planned by mock tests, not applied",
  "that the function starts on the runtime and architecture deployed: run here on this machine's Node",
  "another version of the AWS provider than the one that terraform init chose",
];
