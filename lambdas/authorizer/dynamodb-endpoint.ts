/** What names of AWS's hosts end in, by how a region's name begins; elsewhere amazonaws.com. */
const SUFFIXES: readonly (readonly [region: string, suffix: string])[] = [
  ["cn-", "amazonaws.com.cn"],
  ["eusc-", "amazonaws.eu"],
  ["us-iso-", "c2s.ic.gov"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["us-isof-", "csp.hci.ic.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
];

/** DynamoDB's own URL for a region. */
export function dynamodbEndpoint(region: string): string {
  const [, suffix = "amazonaws.com"] = SUFFIXES.find(([start]) => region.startsWith(start)) ?? [];
  return `https://dynamodb.${region}.${suffix}`;
}
