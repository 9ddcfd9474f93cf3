import type { IdentityProvider } from "../../local/identity-provider/identity-provider.ts";
import type { Identity } from "../oracle/naive-model.ts";

export interface MintedToken {
  /** Empty if no Authorization header is to be sent. */
  readonly text: string;
  readonly id: string;
  /** The number of key rotations before this token. */
  readonly keys: number;
}

/** One token for each identity, minted on first use. */
export interface Tokens {
  of(identity: Identity): Promise<MintedToken>;
  /** Rotates the keys. Identities then get new tokens; the earlier ones stay valid. */
  rotate(): Promise<void>;
}

export function createTokens(provider: (issuer: string) => IdentityProvider | undefined): Tokens {
  let minted = new Map<Identity, Promise<MintedToken>>();
  let [keys, count] = [0, 0];
  const requireProvider = (issuer: string): IdentityProvider => {
    const found = provider(issuer);
    if (found === undefined) throw new Error(`The stack has no issuer ${issuer}`);
    return found;
  };

  async function mint(identity: Identity): Promise<MintedToken> {
    const [id, generation] = [`token-${count++}`, keys];
    const { subject, scopes, roles, email, flaw, issuer } = identity;
    const tenants = Object.keys(roles);
    const text = await requireProvider(issuer).mint({
      subject,
      scopes,
      tenants,
      roles: tenants.length === 1 ? Object.values(roles).flat() : perTenant(roles),
      ...(flaw === "expired" && { expiresIn: -60 }),
      claims: {
        jti: id,
        email,
        ...(flaw === "audience" && { aud: "another-api" }),
        ...(flaw === "issuer" && { iss: "https://stranger.example" }),
      },
    });
    return { text: applyFlaw(text, flaw), id, keys: generation };
  }

  return {
    of(identity) {
      const token = minted.get(identity) ?? mint(identity);
      minted.set(identity, token);
      return token;
    },
    async rotate() {
      await Promise.all(["main", "partner"].map((issuer) => requireProvider(issuer).rotate()));
      keys += 1;
      minted = new Map();
    },
  };
}

const perTenant = (roles: Identity["roles"]): string[] =>
  Object.entries(roles).flatMap(([tenant, names]) => names.map((name) => `${tenant}:${name}`));

function applyFlaw(text: string, flaw: Identity["flaw"]): string {
  if (flaw === "absent") return "";
  if (flaw === "malformed") return text.slice(0, text.lastIndexOf("."));
  if (flaw !== "signature") return text;
  const at = text.lastIndexOf(".") + 1;
  return text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
}
