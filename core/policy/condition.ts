import { isInRange } from "./ip-range.ts";

/** The `Condition` of a statement: values by key by operator. */
export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** The facts of a request that conditions are evaluated against. */
export interface ConditionContext {
  /** IPv4 or IPv6, for `aws:SourceIp`. */
  readonly sourceIp: string;
  /** For `aws:CurrentTime` and `aws:EpochTime`. */
  readonly now: Date;
}

type Test = (value: string) => boolean | undefined;

const COMPARISONS: Readonly<Record<string, (given: number, value: number) => boolean>> = {
  Equals: (given, value) => given === value,
  LessThan: (given, value) => given < value,
  LessThanEquals: (given, value) => given <= value,
  GreaterThan: (given, value) => given > value,
  GreaterThanEquals: (given, value) => given >= value,
};

/**
 * Evaluates a whole `Condition`. All operators and keys must hold. One of a key's values is enough, but a
 * negated operator (`NotEquals`, `NotIpAddress`) requires all values to differ.
 *
 * Supports the Date operators on `aws:CurrentTime` and `aws:EpochTime`, the Numeric operators on
 * `aws:EpochTime`, and `IpAddress` and `NotIpAddress` on `aws:SourceIp`. Times are compared in whole seconds.
 *
 * @returns `undefined` if the condition is undecidable: an unknown operator or key, or an unreadable value
 * @example
 * import { conditionHolds } from "./condition.ts";
 *
 * const context = { sourceIp: "203.0.113.7", now: new Date("2026-11-05T12:00:00Z") };
 * conditionHolds({ IpAddress: { "aws:SourceIp": "203.0.113.0/24" } }, context); // => true
 * conditionHolds({ StringEquals: { "aws:PrincipalTag/team": "docs" } }, context); // => undefined
 */
export function conditionHolds(block: ConditionBlock, context: ConditionContext): boolean | undefined {
  const all = Object.entries(block).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key, values: [values].flat() })),
  );
  return every(all, ({ operator, key, values }) => operatorHolds(operator, key, values, context));
}

/** Returns the three-valued "and" of the tests: false if one is false, else undefined if one is undefined. */
export function every<T>(items: readonly T[], test: (item: T) => boolean | undefined): boolean | undefined {
  let result: boolean | undefined = true;
  for (const item of items) {
    const one = test(item);
    if (one === false) return false;
    if (one === undefined) result = undefined;
  }
  return result;
}

/**
 * Returns the three-valued "or" of the tests: true if one is true, else undefined if one is undefined or there is none.
 */
export function some<T>(items: readonly T[], test: (item: T) => boolean | undefined): boolean | undefined {
  let result: boolean | undefined = items.length === 0 ? undefined : false;
  for (const item of items) {
    const one = test(item);
    if (one === true) return true;
    if (one === undefined) result = undefined;
  }
  return result;
}

function operatorHolds(
  operator: string,
  key: string,
  values: readonly string[],
  context: ConditionContext,
): boolean | undefined {
  const negated = /^(?:Date|Numeric)NotEquals$|^NotIpAddress$/.test(operator);
  const test = testFor(negated ? operator.replace("Not", "") : operator, key.toLowerCase(), context);
  const held = test === undefined ? undefined : some(values, test);
  return negated && held !== undefined ? !held : held;
}

function testFor(operator: string, key: string, context: ConditionContext): Test | undefined {
  if (operator === "IpAddress" && key === "aws:sourceip")
    return (value) => isInRange(context.sourceIp, value);
  const [, family, name = ""] = /^(Date|Numeric)(.+)$/.exec(operator) ?? [];
  const compare = Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : undefined;
  const isSupported = key === "aws:epochtime" || (key === "aws:currenttime" && family === "Date");
  if (compare === undefined || !isSupported) return undefined;
  const now = Math.floor(context.now.getTime() / 1000);
  return (value) => {
    const wanted = family === "Date" ? dateSeconds(value) : decimal(value);
    return wanted === undefined ? undefined : compare(now, wanted);
  };
}

/**
 * Parses a W3C date-time with a zone, or seconds since 1970. Without a zone, the result would depend on the
 * machine.
 */
function dateSeconds(value: string): number | undefined {
  if (/^\d+$/.test(value)) return Number(value);
  if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(value)) {
    return undefined;
  }
  const milliseconds = Date.parse(value);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

function decimal(value: string): number | undefined {
  return /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
}
