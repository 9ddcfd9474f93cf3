import type { DenyReason } from "../../core/decision/denial.ts";
import type { KeyRefreshes } from "./key-refreshes.ts";
import { type CompletedDecision, stepsOf } from "./telemetry.ts";

/**
 * What is counted: faults alone, or the decisions too, or these also for each tenant. CloudWatch takes money for
 * each metric, and each value of a dimension makes another one.
 */
export const METRICS = ["off", "on", "tenant"] as const;
export type Metrics = (typeof METRICS)[number];

/** The members that make metrics of a line of the log; undefined where there is nothing to count. */
export type MetricFields = (decided: CompletedDecision) => Record<string, unknown> | undefined;

export interface MetricOptions {
  readonly functionName: string;
  readonly metrics: Metrics;
  readonly refreshes: KeyRefreshes;
}

type Values = Readonly<Record<string, number>>;

const NAMESPACE = "Portcullis";
/** Refusals of tenants that the table has: whoever may name any tenant must not make metrics of made-up ones. */
const KNOWN_TENANT: readonly unknown[] = [
  "tenant_suspended",
  "revoked",
  "no_role",
  "scope_missing",
  "route_not_granted",
  "binding_not_expressible",
  "context_too_large",
] satisfies DenyReason[];
/** CloudWatch takes no value that begins with a colon or is blank, and none above 1,024 characters. */
const DIMENSION_VALUE = /^[!-9;-~][ -~]{0,1023}$/;

/**
 * CloudWatch's embedded metric format: the decision's own line carries its metrics, so counting takes neither a
 * call nor a permission.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics({ functionName, metrics, refreshes }: MetricOptions): MetricFields {
  return (decided) => {
    const { all, failed } = refreshes.take();
    const faults = {
      ...staleUse(decided),
      ...shadowed(decided),
      ...(failed > 0 && { KeyRefreshFailures: failed }),
    };
    const values: Values = metrics === "off" ? faults : { ...faults, ...trafficOf(decided, all) };
    const labels = metrics === "off" ? {} : labelsOf(decided, metrics);
    const directives = [
      ...directive([[]], values),
      ...(metrics === "off" ? [] : directive(dimensionsOf(labels), { Decisions: 1 })),
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

const trafficOf = (decided: CompletedDecision, refreshes: number): Values => ({
  ...latencies(decided),
  ...hits(decided),
  ...(refreshes > 0 && { KeyRefreshes: refreshes }),
});

function directive(dimensions: readonly string[][], values: Values): object[] {
  const names = Object.keys(values);
  if (names.length === 0) return [];
  const Dimensions = dimensions.map((set) => ["FunctionName", ...set]);
  const Metrics = names.map((Name) => ({ Name, Unit: Name.endsWith("Latency") ? "Milliseconds" : "Count" }));
  return [{ Namespace: NAMESPACE, Dimensions, Metrics }];
}

const staleUse = ({ telemetry }: CompletedDecision): Values => ({
  ...(telemetry.stalePermissions && { StalePermissions: 1 }),
  ...(telemetry.staleKeys && { StaleKeys: 1 }),
});

const shadowed = ({ metadata: { shadow } }: CompletedDecision): Values =>
  shadow !== undefined && "lost" in shadow && shadow.lost.length + shadow.gained.length > 0
    ? { ShadowDifferences: 1 }
    : {};

function latencies(decided: CompletedDecision): Values {
  const { whole, token, permissions, decision } = stepsOf(decided);
  return present({
    Latency: whole,
    TokenLatency: token,
    PermissionsLatency: permissions,
    DecisionLatency: decision,
  });
}

/** 0 or 1, so that their average is the share of hits. */
const hits = ({ telemetry: { permissionsCached } }: CompletedDecision): Values =>
  present({
    PermissionsCacheHits: permissionsCached === undefined ? undefined : Number(permissionsCached),
  });

const present = (values: Readonly<Record<string, number | undefined>>): Values =>
  Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );

interface Labels {
  readonly Outcome?: unknown;
  readonly Reason?: unknown;
  readonly Tenant?: string;
}

function labelsOf({ decision }: CompletedDecision, metrics: Metrics): Labels {
  const { outcome, reason = decision["code"], tenantId } = decision;
  const known = outcome === "allow" || KNOWN_TENANT.includes(reason);
  const perTenant = metrics === "tenant" && known && typeof tenantId === "string";
  return {
    Outcome: outcome,
    ...(reason !== undefined && { Reason: reason }),
    ...(perTenant && DIMENSION_VALUE.test(tenantId) && { Tenant: tenantId }),
  };
}

const dimensionsOf = ({ Reason, Tenant }: Labels): string[][] => [
  ["Outcome"],
  ...(Reason === undefined ? [] : [["Reason"]]),
  ...(Tenant === undefined ? [] : [["Tenant", "Outcome"]]),
];
