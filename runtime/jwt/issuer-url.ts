import { BlockList, isIP } from "node:net";

const NOT_PUBLIC = {
  ipv4: blockList("ipv4", [
    ["0.0.0.0", 8],
    ["10.0.0.0", 8],
    ["100.64.0.0", 10],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
    ["172.16.0.0", 12],
    ["192.0.0.0", 24],
    ["192.168.0.0", 16],
    ["198.18.0.0", 15],
    ["224.0.0.0", 3],
  ]),
  // Includes all IPv4 addresses in their IPv6 forms.
  ipv6: blockList("ipv6", [
    ["::", 96],
    ["::ffff:0:0", 96],
    ["64:ff9b::", 96],
    ["64:ff9b:1::", 48],
    ["2002::", 16],
    ["fc00::", 7],
    ["fe80::", 10],
    ["fec0::", 10],
    ["ff00::", 8],
  ]),
};

/**
 * Returns what is wrong with the URL of an issuer or of its keys; undefined when nothing is. The URL must be https
 * with a public host, except in the local stack.
 */
export function issuerUrlProblem(value: unknown, local: boolean): string | undefined {
  if (typeof value !== "string" || !URL.canParse(value)) return "must be an absolute URL";
  const url = new URL(value);
  if (url.username !== "" || url.password !== "") return "must not carry a user or a password";
  if (value.includes("#")) return "must not have a fragment";
  if (local) return /^https?:$/.test(url.protocol) ? undefined : "must be an http or https URL";
  if (url.protocol !== "https:") return "must be an https URL";
  return isPublicHost(url.hostname) ? undefined : "must not name a loopback, link-local or private host";
}

function isPublicHost(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const version = isIP(name);
  return version === 0 ? name !== "localhost" && !name.endsWith(".localhost") : isPublicAddress(name);
}

/** Returns whether an IP address is public: neither loopback, link-local, private, reserved nor multicast. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address) === 4 ? "ipv4" : "ipv6";
  return !NOT_PUBLIC[family].check(address, family);
}

/** Creates the list of one family. A list of both families would match each IPv4 address in its IPv6 form too. */
function blockList(family: "ipv4" | "ipv6", networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
}
