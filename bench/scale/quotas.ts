/** What AWS allows an account in a region before anybody asks for more. */
export interface Quota {
  readonly name: string;
  readonly limit: number;
  readonly unit: string;
  readonly source: string;
}

const DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/";
const LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/";

/** Inputs as the prices are: each can be raised at AWS but a partition's. */
export const QUOTAS = {
  stageThrottle: {
    name: "the stage's own throttle (`throttle.rate`)",
    limit: 1_000,
    unit: "requests/s",
    source: "variables.tf",
  },
  gatewayRate: {
    name: "API Gateway, account and region",
    limit: 10_000,
    unit: "requests/s",
    source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
  },
  concurrency: {
    name: "Lambda, concurrent executions, all warm",
    limit: 1_000,
    unit: "at once",
    source: `${LAMBDA}lambda-concurrency.html`,
  },
  invocations: {
    name: "Lambda, requests a second (10 × concurrency)",
    limit: 10_000,
    unit: "invocations/s",
    source: `${LAMBDA}lambda-concurrency.html`,
  },
  scaling: {
    name: "Lambda, concurrent executions after a deployment, and new ones in 10 s",
    limit: 1_000,
    unit: "environments",
    source: `${LAMBDA}scaling-behavior.html`,
  },
  tableStart: {
    name: "DynamoDB, a new on-demand table",
    limit: 12_000,
    unit: "read units/s",
    source: `${DYNAMODB}warm-throughput-scenarios.html`,
  },
  table: {
    name: "DynamoDB, an on-demand table",
    limit: 40_000,
    unit: "read units/s",
    source: `${DYNAMODB}ServiceQuotas.html`,
  },
  tenantPartition: {
    name: "DynamoDB, the busiest tenant's partition",
    limit: 3_000,
    unit: "read units/s",
    source: `${DYNAMODB}bp-partition-key-design.html`,
  },
  cataloguePartition: {
    name: "DynamoDB, the catalogue's partition in the first second after a deployment",
    limit: 3_000,
    unit: "read units/s",
    source: `${DYNAMODB}bp-partition-key-design.html`,
  },
} satisfies Readonly<Record<string, Quota>>;

export type QuotaName = keyof typeof QUOTAS;
