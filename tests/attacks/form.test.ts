import { type Attack, startTargets } from "./support/describe-attacks.ts";
import { malformed } from "./support/malformed.ts";
import { encode, rs256 } from "./support/raw-token.ts";

const describeAttacks = startTargets();

const edited =
  (edit: (parts: readonly [string, string, string]) => string): Attack["send"] =>
  ({ token }) =>
    edit(token().split(".") as [string, string, string]);

describeAttacks("The form: a token has exactly three base64url parts", [
  malformed("an empty string", () => ""),
  malformed(
    "one segment",
    edited(([header]) => header),
  ),
  malformed(
    "two segments",
    edited(([header, payload]) => `${header}.${payload}`),
  ),
  malformed(
    "three segments, the last empty",
    edited(([header, payload]) => `${header}.${payload}.`),
  ),
  malformed(
    "three segments, the first empty",
    edited(([, payload, signature]) => `.${payload}.${signature}`),
  ),
  malformed(
    "three segments, the middle empty",
    edited(([header, , signature]) => `${header}..${signature}`),
  ),
  malformed(
    "four segments",
    edited((parts) => `${parts.join(".")}.AAAA`),
  ),
  malformed(
    "four segments, the last empty",
    edited((parts) => `${parts.join(".")}.`),
  ),
  malformed(
    "five segments",
    edited((parts) => `${parts.join(".")}.AAAA.AAAA`),
  ),
  malformed("only dots", () => ".".repeat(9_000)),
  malformed(
    "padding",
    edited((parts) => `${parts.join(".")}==`),
  ),
  malformed(
    "padding in the header",
    edited(([header, ...rest]) => [`${header}=`, ...rest].join(".")),
  ),
  ...[
    "+",
    "/",
    "%2E",
    "%00",
    "\u0000",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\u00a0",
    "\u200b",
    "\ufeff",
    "é",
    "–",
    "，",
    ",",
  ].flatMap((odd): Attack[] => [
    malformed(
      `${JSON.stringify(odd)} inside the header`,
      edited(([h, ...rest]) => [`${h.slice(0, 4)}${odd}${h.slice(4)}`, ...rest].join(".")),
    ),
    malformed(
      `${JSON.stringify(odd)} inside the payload`,
      edited(([h, p, s]) => [h, `${p.slice(0, 8)}${odd}${p.slice(8)}`, s].join(".")),
    ),
    malformed(
      `${JSON.stringify(odd)} inside the signature`,
      edited(([h, p, s]) => [h, p, `${s.slice(0, 8)}${odd}${s.slice(8)}`].join(".")),
    ),
    malformed(
      `${JSON.stringify(odd)} after the token`,
      edited((parts) => `${parts.join(".")}${odd}`),
    ),
  ]),
  malformed(
    "a quoted token",
    edited((parts) => `"${parts.join(".")}"`),
  ),
  malformed(
    "a comma and a second token",
    edited((parts) => `${parts.join(".")},${parts.join(".")}`),
  ),
  malformed(
    "JSON serialization (RFC 7515, appendix A.7)",
    edited(([h, p, s]) => JSON.stringify({ protected: h, payload: p, signature: s })),
  ),
  malformed("another token as the payload (nested)", ({ header, token, pairs }) => {
    const input = `${encode(header({ cty: "JWT" }))}.${encode(token())}`;
    return `${input}.${encode(rs256(pairs.main.privateKey)(input))}`;
  }),
  malformed("another token as the payload, without cty", ({ header, token, pairs }) => {
    const input = `${encode(header())}.${encode(token())}`;
    return `${input}.${encode(rs256(pairs.main.privateKey)(input))}`;
  }),
  {
    title: "base64url of an impossible length",
    send: edited(([h, p, s]) => `${h}.${p}.${s.slice(0, -1)}`),
    gets: [401, "token_malformed"],
  },
]);
