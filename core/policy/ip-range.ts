interface Address {
  readonly bits: bigint;
  readonly width: 32 | 128;
}

/**
 * Returns whether an address is in a CIDR range (`10.0.0.0/8`, `2001:db8::/32`). A range without `/` is one
 * address. IPv4 written as IPv6 (`::ffff:10.0.0.1`) counts as IPv4. Returns undefined if the address or the
 * range is unreadable.
 *
 * @example
 * import { isInRange } from "./ip-range.ts";
 *
 * isInRange("10.1.2.3", "10.0.0.0/8"); // => true
 * isInRange("10.1.2.3", "not a range"); // => undefined
 */
export function isInRange(address: string, range: string): boolean | undefined {
  const [network = "", length, ...rest] = range.split("/");
  const given = parseAddress(address);
  const base = parseAddress(network);
  if (given === undefined || base === undefined || rest.length > 0) return undefined;
  const prefix = length === undefined ? base.width : parsePrefix(length, base.width);
  if (prefix === undefined) return undefined;
  if (given.width !== base.width) return false;
  const shift = BigInt(base.width - prefix);
  return given.bits >> shift === base.bits >> shift;
}

function parsePrefix(text: string, width: number): number | undefined {
  if (!/^\d{1,3}$/.test(text)) return undefined;
  const prefix = Number(text);
  return prefix <= width ? prefix : undefined;
}

function parseAddress(text: string): Address | undefined {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1];
  const v4 = parseIpv4(mapped ?? text);
  if (v4 !== undefined) return { bits: v4, width: 32 };
  const v6 = parseIpv6(text);
  return v6 === undefined ? undefined : { bits: v6, width: 128 };
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every(isOctet)) return undefined;
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function isOctet(part: string): boolean {
  return /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = splitGroups(halves[0] ?? "");
  const tail = splitGroups(halves[1] ?? "");
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

function splitGroups(half: string): string[] {
  return half === "" ? [] : half.split(":");
}
