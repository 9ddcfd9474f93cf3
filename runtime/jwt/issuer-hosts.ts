import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { GetError, type GetJson, type GetLimits, jsonGetter } from "./https-getter.ts";
import { isPublicAddress } from "./issuer-url.ts";

/** The host of an issuer or of its keys is not allowed. This is no outage: nothing stands in for these keys. */
export class HostRejected extends GetError {}

/** A pattern of `issuer_hosts`: a host, or `*.` and a host for one more label. */
const PATTERN = /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)+$/;

/** Returns whether a string is a pattern of hosts. */
export const isHostPattern = (text: string): boolean => PATTERN.test(text);

/**
 * Returns how a URL's host is listed: by its own name, only by a pattern with `*`, or not at all.
 *
 * @example
 * import { listedAs } from "./issuer-hosts.ts";
 *
 * const hosts = ["login.example.com", "*.auth.example.com"];
 * listedAs("https://login.example.com/acme", hosts); // => "name"
 * listedAs("https://acme.auth.example.com", hosts); // => "pattern"
 * listedAs("https://a.acme.auth.example.com", hosts); // => undefined
 */
export function listedAs(url: string, hosts: readonly string[]): "name" | "pattern" | undefined {
  const { hostname } = new URL(url);
  if (hosts.includes(hostname)) return "name";
  const parent = hostname.slice(hostname.indexOf(".") + 1);
  return hosts.includes(`*.${parent}`) ? "pattern" : undefined;
}

/**
 * Creates a GET for the issuers of the policy files: only of listed hosts, discovered ones included, and only of public
 * addresses, unless Terraform lists the host by its own name.
 *
 * @param listed the GET of hosts that are listed by name
 */
export function hostGuard(
  hosts: readonly string[],
  listed: GetJson,
  others: GetJson = publicGetter(),
): GetJson {
  return async (url, signal) => {
    const found = listedAs(url, hosts);
    if (found === undefined)
      throw new HostRejected(
        "host_not_listed",
        "The host of the issuer or of its keys is not in issuer_hosts",
      );
    return (found === "name" ? listed : others)(url, signal);
  };
}

/** Creates a GET that connects to public addresses only. It checks the very address that it connects to. */
export const publicGetter = (limits?: GetLimits): GetJson => jsonGetter(limits, { lookup: publicLookup });

type Found = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** Resolves a host as Node does, and rejects it if any of its addresses is not public. */
export function publicLookup(host: string, options: LookupOptions, done: Found): void {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error !== null || first === undefined) return done(error ?? new Error("no address"), []);
    if (!addresses.every(({ address }) => isPublicAddress(address)))
      return done(
        new HostRejected("address_not_public", "The host resolves to an address that is not public"),
        [],
      );
    if (options.all === true) return done(null, addresses);
    return done(null, first.address, first.family);
  });
}
