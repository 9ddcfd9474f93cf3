import { lookup } from "node:dns/promises";
import { describe, expect, test } from "vitest";
import {
  hostGuard,
  isHostPattern,
  listedAs,
  publicGetter,
  publicLookup,
} from "../../../runtime/jwt/issuer-hosts.ts";
import { isPublicAddress } from "../../../runtime/jwt/issuer-url.ts";

describe("hosts of issuers", () => {
  test.each([
    ["https://login.example.com/acme", "name"],
    ["https://LOGIN.example.com/acme", "name"],
    ["https://login.example.com:8443/acme", "name"],
    ["https://acme.auth.example.com/", "pattern"],
    ["https://auth.example.com/", undefined],
    ["https://a.acme.auth.example.com/", undefined],
    ["https://auth.example.com.evil.org/", undefined],
    ["https://evil.org/login.example.com", undefined],
    ["https://login.example.com@evil.org/", undefined],
    ["https://evillogin.example.com/", undefined],
  ])("%s is listed as %s", (url, found) => {
    expect(listedAs(url, ["login.example.com", "*.auth.example.com"])).toBe(found);
  });

  test.each(["*", "*.*.com", "a.*.com", "https://a.example.com", "a.example.com:443", "com", ""])(
    "%j is no pattern",
    (text) => {
      expect(isHostPattern(text)).toBe(false);
    },
  );

  test("a host that only a pattern allows connects to public addresses only", async () => {
    const seen: string[] = [];
    const guard = hostGuard(
      ["login.example.com", "*.example.com"],
      async () => seen.push("listed"),
      async () => seen.push("public"),
    );
    await guard("https://login.example.com");
    await guard("https://acme.example.com");
    expect(seen).toEqual(["listed", "public"]);
    await expect(guard("https://example.org")).rejects.toMatchObject({ code: "host_not_listed" });
  });

  test("the address that is connected to is the one that is checked", async () => {
    await expect(publicGetter()("http://localhost:1/")).rejects.toMatchObject({ code: "address_not_public" });
    const { address } = await lookup("localhost");
    expect(isPublicAddress(address)).toBe(false);
  });

  test("a lookup of all addresses and of one returns the same error", async () => {
    for (const all of [true, false])
      await expect(
        new Promise((resolve, reject) =>
          publicLookup("localhost", { all }, (error, address) => (error ? reject(error) : resolve(address))),
        ),
      ).rejects.toMatchObject({ code: "address_not_public" });
  });

  test.each([
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "240.0.0.1",
    "::1",
    "ff02::1",
    "fd00::1",
    "fec0::1",
    "::ffff:10.0.0.1",
    "64:ff9b:1::a00:1",
    "2002:a9fe:a9fe::1",
  ])("%s is not public", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(["8.8.8.8", "2606:4700::1111"])("%s is public", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});
