import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JWK } from "jose";

/** One vector, and the keys that it is verified with. */
export interface Vector {
  readonly id: number;
  readonly title: string;
  readonly isValid: boolean;
  readonly keys: readonly JWK[];
  readonly input: { readonly jws: string } | { readonly message: Buffer; readonly signature: Buffer };
}

interface Group {
  readonly comment?: string;
  readonly public?: JWK | { readonly keys: readonly JWK[] };
  readonly private?: Group["public"];
  readonly publicKeyJwk?: JWK;
  readonly keyJwk?: JWK;
  readonly publicKeyDer?: string;
  readonly tests: readonly Test[];
}

interface Test {
  readonly tcId: number;
  readonly comment: string;
  /** `acceptable` counts as not valid: nothing that is sent may be read in two ways. */
  readonly result: "valid" | "invalid" | "acceptable";
  readonly jws?: string;
  readonly msg?: string;
  readonly sig?: string;
}

/** The key id of vectors that are not JWSs. */
export const KID = "vector";

/** Reads the vectors of a file that are signatures; encrypted ones are left out. */
export function readVectors(file: string): Vector[] {
  const text = readFileSync(join(process.env["WYCHEPROOF"] ?? "", file), "utf8");
  const { testGroups } = JSON.parse(text) as { readonly testGroups: readonly Group[] };
  return testGroups.flatMap((group) => group.tests.flatMap((test) => toVector(group, test)));
}

function toVector(group: Group, { tcId, comment, result, jws, msg, sig }: Test): Vector[] {
  const title = [tcId, group.comment, comment].filter((part) => part !== undefined && part !== "").join(" ");
  const common = { id: tcId, title, isValid: result === "valid" };
  if (jws !== undefined) return [{ ...common, keys: publishedKeys(group), input: { jws } }];
  if (msg === undefined || sig === undefined) return [];
  const input = { message: Buffer.from(msg, "hex"), signature: Buffer.from(sig, "hex") };
  return [{ ...common, keys: [{ ...bareKey(group), kid: KID }], input }];
}

/** Returns the keys of a group of JWSs. Those with a symmetric key have no public one. */
function publishedKeys({ public: found, private: secret }: Group): readonly JWK[] {
  const keys = found ?? secret ?? { keys: [] };
  return "keys" in keys ? (keys.keys as readonly JWK[]) : [keys as JWK];
}

const bareKey = ({ publicKeyJwk, keyJwk, publicKeyDer = "" }: Group): JWK =>
  publicKeyJwk ??
  keyJwk ??
  (createPublicKey({ key: Buffer.from(publicKeyDer, "hex"), format: "der", type: "spki" }).export({
    format: "jwk",
  }) as JWK);
