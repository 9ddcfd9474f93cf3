import { event } from "../support/fixtures.ts";
import { type Attack, attackGround } from "./support/describe-attacks.ts";
import type { Event } from "./support/fronts.ts";
import { MALFORMED } from "./support/malformed.ts";

const describeAttacks = attackGround();

const SEVERAL = [401, "several_authorization_headers"] as const;
const MISSING = [401, "token_missing"] as const;
const withHeaders = (
  headers: Event["headers"],
  multiValueHeaders: Event["multiValueHeaders"] = null,
): Event => event(undefined, { headers, multiValueHeaders });

describeAttacks("Where the token stands: one Authorization header, and nowhere else", [
  {
    title: "in the multi-value map alone it is read",
    send: ({ token }) => withHeaders(null, { Authorization: [`Bearer ${token()}`] }),
    gets: [200],
  },
  { title: "in both maps alike it is one", send: ({ token }) => event(`bearer ${token()}`), gets: [200] },
  {
    title: "twice in the multi-value map is refused",
    send: ({ token }) => withHeaders(null, { Authorization: [`Bearer ${token()}`, "Bearer x"] }),
    gets: SEVERAL,
  },
  {
    title: "twice alike is refused",
    send: ({ token }) => withHeaders(null, { authorization: Array<string>(2).fill(`Bearer ${token()}`) }),
    gets: SEVERAL,
  },
  {
    title: "twice in another case is refused",
    send: ({ token }) => withHeaders({ Authorization: `Bearer ${token()}`, authorization: "Bearer x" }),
    gets: SEVERAL,
  },
  {
    title: "once in each map, and different, is refused",
    send: ({ token }) => withHeaders({ Authorization: `Bearer ${token()}` }, { AUTHORIZATION: ["Bearer x"] }),
    gets: SEVERAL,
  },
  {
    title: "an empty one beside it is refused",
    send: ({ token }) => withHeaders(null, { Authorization: [`Bearer ${token()}`, ""] }),
    gets: SEVERAL,
  },
  {
    title: "two tokens in one header are refused",
    send: ({ token }) => withHeaders({ Authorization: `Bearer ${token()}, Bearer ${token()}` }),
    gets: MALFORMED,
  },
  ...["Basic", "Token", "JWT", "DPoP", "Bearer:", "Bearer=", "BearerX", ""].map(
    (scheme): Attack => ({
      title: `the scheme ${JSON.stringify(scheme)} is refused`,
      send: ({ token }) => event(`${scheme} ${token()}`),
      gets: MALFORMED,
    }),
  ),
  ...[" ", "\t", "\n", "\r\n ", "\u0000"].map(
    (space): Attack => ({
      title: `${JSON.stringify(space)} before the scheme is refused`,
      send: ({ token }) => event(`${space}Bearer ${token()}`),
      gets: MALFORMED,
    }),
  ),
  ...["\t", "\n", "\u00a0", "\u0000", ""].map(
    (space): Attack => ({
      title: `${JSON.stringify(space)} for the space is refused`,
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
      title: `the header ${JSON.stringify(name)} is not read`,
      send: ({ token }) => withHeaders({ [name]: `Bearer ${token()}` }),
      gets: MISSING,
    }),
  ),
  {
    title: "a cookie is not read",
    send: ({ token }) => withHeaders({ Cookie: `Authorization=Bearer ${token()}; access_token=${token()}` }),
    gets: MISSING,
  },
  {
    title: "a query string is not read",
    send: ({ token }) =>
      event(undefined, {
        queryStringParameters: { access_token: token(), Authorization: `Bearer ${token()}` },
        multiValueQueryStringParameters: { access_token: [token()] },
      }),
    gets: MISSING,
  },
  {
    title: "path parameters and stage variables are not read",
    send: ({ token }) =>
      event(undefined, {
        pathParameters: { documentId: "42", Authorization: `Bearer ${token()}` },
        stageVariables: { portcullis_a: "a-abc123", Authorization: `Bearer ${token()}` },
      }),
    gets: MISSING,
  },
  {
    title: "TOKEN authorizers' authorizationToken is not read",
    send: ({ token }) => ({ ...event(undefined), authorizationToken: `Bearer ${token()}` }) as Event,
    gets: MISSING,
  },
]);
