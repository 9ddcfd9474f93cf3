import { isInRange } from "./ip-range.ts";

/** A statement's `Condition`: operator, then key, then the value or values. */
export type ConditionBlock = Record<string, Record<string, string | string[]>>;

/** What conditions are evaluated against. */
export interface ConditionContext {
  readonly sourceIp: string;
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
 * Evaluates a whole `Condition`: all operators and keys must hold, any one of a key's values is enough, and
 * a negated operator (`NotEquals`, `NotIpAddress`) needs all values to differ.
 *
 * Known are the Date operators on `aws:CurrentTime` and `aws:EpochTime`, the Numeric ones on
 * `aws:EpochTime`, and `IpAddress`/`NotIpAddress` on `aws:SourceIp`. Time counts in whole seconds.
 *
 * @returns `undefined` when it cannot be told: an unknown operator or key, or a value that is not readable.
 */
export function conditionHolds(block: ConditionBlock, context: ConditionContext): boolean | undefined {
  const results = Object.entries(block).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => operatorHolds(operator, key, [values].flat(), context)),
  );
  return every(results);
}

/** Three-valued "and": a single `false` decides, otherwise a single `undefined` does. */
export function every(results: readonly (boolean | undefined)[]): boolean | undefined {
  if (results.includes(false)) return false;
  return results.includes(undefined) ? undefined : true;
}

/** Three-valued "or" over at least one result; of nothing, nothing is known. */
export function some(results: readonly (boolean | undefined)[]): boolean | undefined {
  if (results.includes(true)) return true;
  return results.length === 0 || results.includes(undefined) ? undefined : false;
}

function operatorHolds(
  operator: string,
  key: string,
  values: readonly string[],
  context: ConditionContext,
): boolean | undefined {
  const negated = /^(?:Date|Numeric)NotEquals$|^NotIpAddress$/.test(operator);
  const test = testFor(negated ? operator.replace("Not", "") : operator, key.toLowerCase(), context);
  const held = test === undefined ? undefined : some(values.map(test));
  return negated && held !== undefined ? !held : held;
}

function testFor(operator: string, key: string, context: ConditionContext): Test | undefined {
  if (operator === "IpAddress" && key === "aws:sourceip")
    return (value) => isInRange(context.sourceIp, value);
  const [, family, name = ""] = /^(Date|Numeric)(.+)$/.exec(operator) ?? [];
  const compare = Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : undefined;
  const known = key === "aws:epochtime" || (key === "aws:currenttime" && family === "Date");
  if (compare === undefined || !known) return undefined;
  const now = Math.floor(context.now.getTime() / 1000);
  return (value) => {
    const wanted = family === "Date" ? dateSeconds(value) : decimal(value);
    return wanted === undefined ? undefined : compare(now, wanted);
  };
}

/** A W3C date-time with a zone, or seconds since 1970. Without a zone it would mean each machine's own. */
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
