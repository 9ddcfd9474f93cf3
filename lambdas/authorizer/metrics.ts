/** What CloudWatch counts, by name; each is of the unit Count. */
export type Counts = Readonly<
  Partial<Record<"StalePermissions" | "StaleKeys" | "ShadowDifferences", number>>
>;

/**
 * The members that make metrics of a line of the log, or none where there is nothing to count.
 *
 * @param at the time in ms since 1970
 */
export type MetricFields = (counts: Counts, at: number) => Record<string, unknown>;

const NAMESPACE = "Portcullis";

/**
 * CloudWatch's embedded metric format: the decision's own line carries its metrics, so counting takes neither a
 * call nor a permission.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(functionName: string): MetricFields {
  return (counts, at) => {
    const metrics = Object.keys(counts).map((name) => ({ Name: name, Unit: "Count" }));
    if (metrics.length === 0) return {};
    const directive = { Namespace: NAMESPACE, Dimensions: [["FunctionName"]], Metrics: metrics };
    return {
      _aws: { Timestamp: at, CloudWatchMetrics: [directive] },
      FunctionName: functionName,
      ...counts,
    };
  };
}
