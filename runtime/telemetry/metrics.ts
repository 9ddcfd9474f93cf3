import type { DenyReason } from "../../core/decision/denial.ts";
import type { KeyRefreshes } from "./key-refreshes.ts";
import { type CompletedDecision, stepTimes } from "./telemetry.ts";

/**
 * The values of the setting METRICS. `off` counts faults only, `on` counts decisions too, and `tenant` also counts
 * decisions by tenant. CloudWatch bills each metric, and each value of a dimension is a metric of its own.
 */
export const METRICS = ["off", "on", "tenant"] as const;
/** One value of the setting METRICS. */
export type Metrics = (typeof METRICS)[number];

/** Returns the fields of a decision's log line that CloudWatch counts; undefined when there is nothing to count. */
export type MetricFields = (decided: CompletedDecision) => Record<string, unknown> | undefined;

/** What {@link embeddedMetrics} needs. */
export interface MetricOptions {
  /** The Lambda function's name: the dimension that every metric has. */
  readonly functionName: string;
  readonly metrics: Metrics;
  readonly refreshes: KeyRefreshes;
}

type Values = Readonly<Record<string, number>>;

const NAMESPACE = "Portcullis";
/**
 * Deny reasons that prove that the table has the tenant. Only these are counted by tenant, so that a caller who can
 * name any tenant cannot create metrics.
 */
const REASONS_OF_EXISTING_TENANTS: readonly unknown[] = [
  "tenant_suspended",
  "revoked",
  "no_role",
  "scope_missing",
  "route_not_granted",
  "binding_not_expressible",
  "context_too_large",
] satisfies DenyReason[];
/** CloudWatch rejects values that begin with a colon, are blank or have more than 1,024 characters. */
const DIMENSION_VALUE = /^[!-9;-~][ -~]{0,1023}$/;

/**
 * Creates metrics in CloudWatch's embedded metric format: a decision's log line contains its metrics, so counting
 * needs neither an API call nor a permission.
 *
 * @example
 * import { keyRefreshes } from "./key-refreshes.ts";
 * import { embeddedMetrics } from "./metrics.ts";
 * import type { CompletedDecision } from "./telemetry.ts";
 *
 * const metrics = embeddedMetrics({ functionName: "authorizer", metrics: "on", refreshes: keyRefreshes() });
 * export const countsAsDecision = (decided: CompletedDecision) => metrics(decided)?.["Decisions"] === 1;
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics({ functionName, metrics, refreshes }: MetricOptions): MetricFields {
  return (decided) => {
    const { all, failed } = refreshes.take();
    const faults = {
      ...countStaleUse(decided),
      ...countShadowDifferences(decided),
      ...(failed > 0 && { KeyRefreshFailures: failed }),
    };
    const values: Values = metrics === "off" ? faults : { ...faults, ...trafficValues(decided, all) };
    const labels = metrics === "off" ? {} : readLabels(decided, metrics);
    const directives = [
      ...createDirective([[]], values),
      ...(metrics === "off" ? [] : createDirective(listDimensions(labels), { Decisions: 1 })),
    ];
    if (directives.length === 0) return undefined;
    return {
      _aws: { Timestamp: decided.startedAt, CloudWatchMetrics: directives },
      FunctionName: functionName,
      ...labels,
      ...values,
      ...(metrics !== "off" && { Decisions: 1 }),
    };
  };
}

const trafficValues = (decided: CompletedDecision, refreshes: number): Values => ({
  ...latencies(decided),
  ...cacheHits(decided),
  ...(refreshes > 0 && { KeyRefreshes: refreshes }),
});

function createDirective(dimensions: readonly string[][], values: Values): object[] {
  const names = Object.keys(values);
  if (names.length === 0) return [];
  const Dimensions = dimensions.map((set) => ["FunctionName", ...set]);
  const Metrics = names.map((Name) => ({ Name, Unit: Name.endsWith("Latency") ? "Milliseconds" : "Count" }));
  return [{ Namespace: NAMESPACE, Dimensions, Metrics }];
}

const countStaleUse = ({ telemetry }: CompletedDecision): Values => ({
  ...(telemetry.stalePermissions && { StalePermissions: 1 }),
  ...(telemetry.staleKeys && { StaleKeys: 1 }),
});

const countShadowDifferences = ({ metadata: { shadow } }: CompletedDecision): Values =>
  shadow !== undefined && "lost" in shadow && shadow.lost.length + shadow.gained.length > 0
    ? { ShadowDifferences: 1 }
    : {};

function latencies(decided: CompletedDecision): Values {
  const { whole, token, permissions, decision } = stepTimes(decided);
  return definedValues({
    Latency: whole,
    TokenLatency: token,
    PermissionsLatency: permissions,
    DecisionLatency: decision,
  });
}

/** Returns 0 or 1, so that the average of the values is the share of hits. */
const cacheHits = ({ telemetry: { permissionsCached } }: CompletedDecision): Values =>
  definedValues({
    PermissionsCacheHits: permissionsCached === undefined ? undefined : Number(permissionsCached),
  });

const definedValues = (values: Readonly<Record<string, number | undefined>>): Values =>
  Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );

interface Labels {
  readonly Outcome?: unknown;
  readonly Reason?: unknown;
  readonly Tenant?: string;
}

function readLabels({ decision }: CompletedDecision, metrics: Metrics): Labels {
  const { outcome, reason = decision["code"], tenantId } = decision;
  const tenantExists = outcome === "allow" || REASONS_OF_EXISTING_TENANTS.includes(reason);
  const perTenant = metrics === "tenant" && tenantExists && typeof tenantId === "string";
  return {
    Outcome: outcome,
    ...(reason !== undefined && { Reason: reason }),
    ...(perTenant && DIMENSION_VALUE.test(tenantId) && { Tenant: tenantId }),
  };
}

const listDimensions = ({ Reason, Tenant }: Labels): string[][] => [
  ["Outcome"],
  ...(Reason === undefined ? [] : [["Reason"]]),
  ...(Tenant === undefined ? [] : [["Tenant", "Outcome"]]),
];
