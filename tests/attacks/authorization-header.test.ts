import { event } from "../support/fixtures.ts";
import { type Attack, startTargets } from "./support/describe-attacks.ts";
import { MALFORMED } from "./support/malformed.ts";
import type { Event } from "./support/targets.ts";

const describeAttacks = startTargets();

const SEVERAL = [401, "several_authorization_headers"] as const;
const MISSING = [401, "token_missing"] as const;
const withHeaders = (
  headers: Event["headers"],
  multiValueHeaders: Event["multiValueHeaders"] = null,
): Event => event(undefined, { headers, multiValueHeaders });

describeAttacks("The token's location: one Authorization header, and nowhere else", [
  {
    title: "a token in the multi-value map alone is accepted",
    send: ({ token }) => withHeaders(null, { Authorization: [`Bearer ${token()}`] }),
    gets: [200],
  },
  {
    title: "the same token in both maps is accepted",
    send: ({ token }) => event(`bearer ${token()}`),
    gets: [200],
  },
  {
    title: "two values in the multi-value map are rejected",
    send: ({ token }) => withHeaders(null, { Authorization: [`Bearer ${token()}`, "Bearer x"] }),
    gets: SEVERAL,
  },
  {
    title: "the same value twice is rejected",
    send: ({ token }) => withHeaders(null, { authorization: Array<string>(2).fill(`Bearer ${token()}`) }),
    gets: SEVERAL,
  },
  {
    title: "two headers in different letter case are rejected",
    send: ({ token }) => withHeaders({ Authorization: `Bearer ${token()}`, authorization: "Bearer x" }),
    gets: SEVERAL,
  },
  {
    title: "different values in the two maps are rejected",
    send: ({ token }) => withHeaders({ Authorization: `Bearer ${token()}` }, { AUTHORIZATION: ["Bearer x"] }),
    gets: SEVERAL,
  },
  {
    title: "an empty header next to the token's is rejected",
    send: ({ token }) => withHeaders(null, { Authorization: [`Bearer ${token()}`, ""] }),
    gets: SEVERAL,
  },
  {
    title: "two tokens in one header are rejected",
    send: ({ token }) => withHeaders({ Authorization: `Bearer ${token()}, Bearer ${token()}` }),
    gets: MALFORMED,
  },
  ...["Basic", "Token", "JWT", "DPoP", "Bearer:", "Bearer=", "BearerX", ""].map(
    (scheme): Attack => ({
      title: `the scheme ${JSON.stringify(scheme)} is rejected`,
      send: ({ token }) => event(`${scheme} ${token()}`),
      gets: MALFORMED,
    }),
  ),
  ...[" ", "\t", "\n", "\r\n ", "\u0000"].map(
    (space): Attack => ({
      title: `${JSON.stringify(space)} before the scheme is rejected`,
      send: ({ token }) => event(`${space}Bearer ${token()}`),
      gets: MALFORMED,
    }),
  ),
  ...["\t", "\n", "\u00a0", "\u0000", ""].map(
    (space): Attack => ({
      title: `${JSON.stringify(space)} instead of the space is rejected`,
      send: ({ token }) => event(`Bearer${space}${token()}`),
      gets: MALFORMED,
    }),
  ),
  ...[
    "X-Authorization",
    "X-Access-Token",
    "X-Forwarded-Authorization",
    "Proxy-Authorization",
    "Authorization ",
    "Cookie",
    "X-Amzn-Remapped-Authorization",
  ].map(
    (name): Attack => ({
      title: `the header ${JSON.stringify(name)} is ignored`,
      send: ({ token }) => withHeaders({ [name]: `Bearer ${token()}` }),
      gets: MISSING,
    }),
  ),
  {
    title: "a cookie is ignored",
    send: ({ token }) => withHeaders({ Cookie: `Authorization=Bearer ${token()}; access_token=${token()}` }),
    gets: MISSING,
  },
  {
    title: "a query string is ignored",
    send: ({ token }) =>
      event(undefined, {
        queryStringParameters: { access_token: token(), Authorization: `Bearer ${token()}` },
        multiValueQueryStringParameters: { access_token: [token()] },
      }),
    gets: MISSING,
  },
  {
    title: "path parameters and stage variables are ignored",
    send: ({ token }) =>
      event(undefined, {
        pathParameters: { documentId: "42", Authorization: `Bearer ${token()}` },
        stageVariables: { portcullis_a: "a-abc123", Authorization: `Bearer ${token()}` },
      }),
    gets: MISSING,
  },
  {
    title: "TOKEN authorizers' authorizationToken is ignored",
    send: ({ token }) => ({ ...event(undefined), authorizationToken: `Bearer ${token()}` }) as Event,
    gets: MISSING,
  },
]);
