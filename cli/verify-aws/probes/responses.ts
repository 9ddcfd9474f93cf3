import { allow, deny, type ProbeResponse } from "../lab.ts";
import { CHALLENGE } from "../lambdas.ts";
import { finding, probe } from "../probe.ts";

/** Sizes below and above the limit of 8,192 bytes. */
const SIZES = [4_000, 8_000, 8_600, 16_000, 64_000];

export const responseSize = probe<readonly { readonly bytes: number; readonly status: number }[]>(
  {
    id: "response-size",
    question: "How long may an authorizer response be?",
    assumed: "8,192 bytes: Portcullis never returns more",
  },
  async ({ send }) => {
    const results: { bytes: number; status: number }[] = [];
    for (const bytes of SIZES) {
      const { status } = await send({ path: "/p/a", statements: [allow("GET/p/a")], padTo: bytes });
      results.push({ bytes, status });
    }
    return results;
  },
  (results) => {
    const observed = results.map(({ bytes, status }) => `${bytes} bytes: ${status}`).join("; ");
    const short = results.filter(({ bytes }) => bytes <= 8_192);
    return short.every(({ status }) => status === 200)
      ? finding("as assumed", observed)
      : finding("differs", observed, "--cache route, with policies for one route only");
  },
);

export const contextInErrors = probe<ProbeResponse>(
  {
    id: "context-in-errors",
    question: "Can the body of a 403 contain the authorizer's context?",
    assumed: "yes: error.reason is $context.authorizer.reason",
  },
  ({ send }) => send({ path: "/p/a", statements: [deny("*")] }),
  ({ status, callId }) => {
    if (status !== 403) return finding("open", `an explicit Deny gave ${status}`, "report it");
    return callId === undefined
      ? finding("differs", "no: the context is empty", "read the reason in the access log")
      : finding("as assumed", "yes");
  },
);

interface Challenged {
  /** Why API Gateway does not import the header of a 403; undefined if it does. */
  readonly rejected: string | undefined;
  readonly unauthorized: ProbeResponse;
  readonly denied: ProbeResponse;
  /** A 403 whose context has no challenge. */
  readonly without: ProbeResponse;
}

export const challengeHeader = probe<Challenged>(
  {
    id: "challenge-header",
    question: "Does a client get WWW-Authenticate of a 401 and of a 403 under this name?",
    assumed: "yes, although that of an integration is renamed x-amzn-Remapped-WWW-Authenticate",
  },
  async ({ send, notImported }) => ({
    rejected: notImported.get("challenge"),
    unauthorized: await send({ path: "/stage/unset", statements: [allow("*")] }),
    denied: await send({ path: "/p/a", statements: [deny("*")] }),
    without: await send({ path: "/p/a", statements: [allow("GET/p/b")] }),
  }),
  ({ rejected, unauthorized, denied, without }) => {
    if (unauthorized.status !== 401 || denied.status !== 403 || without.status !== 403)
      return finding(
        "unclear",
        `the statuses are ${unauthorized.status}, ${denied.status}, ${without.status}`,
      );
    const headers = [unauthorized, denied, without].map(printChallenge);
    const observed = `401: ${headers[0]}; 403: ${rejected ?? headers[1]}; 403 without a challenge: ${headers[2]}`;
    if (rejected !== undefined)
      return finding("differs", observed, "--cache token, or no scopes in api.yaml, and report it");
    return [unauthorized, denied].every(({ received }) => received["www-authenticate"] === CHALLENGE)
      ? finding("as assumed", observed)
      : finding("differs", observed, "clients find the metadata document by its path alone");
  },
);

function printChallenge({ received }: ProbeResponse): string {
  const found = Object.entries(received).find(([name]) => name.endsWith("www-authenticate"));
  return found === undefined ? "no header" : `${found[0]}: ${String(found[1])}`;
}

interface Dates {
  readonly current: { readonly future: boolean; readonly past: boolean };
  readonly epoch: { readonly future: boolean; readonly past: boolean };
}

export const dateConditions = probe<Dates>(
  {
    id: "date-conditions",
    question: "Are date conditions in the policy evaluated?",
    assumed: "not known: Portcullis uses none",
  },
  async ({ send }) => {
    const holds = async (operator: string, key: string, value: string): Promise<boolean> => {
      const condition = { [operator]: { [key]: value } };
      const statement = { ...allow("GET/p/a"), condition };
      return (await send({ path: "/p/a", statements: [statement] })).status === 200;
    };
    const [past, future] = ["2001-01-01T00:00:00Z", "2199-01-01T00:00:00Z"];
    const seconds = (text: string): string => String(Date.parse(text) / 1_000);
    return {
      current: {
        future: await holds("DateLessThan", "aws:CurrentTime", future),
        past: await holds("DateLessThan", "aws:CurrentTime", past),
      },
      epoch: {
        future: await holds("NumericLessThan", "aws:EpochTime", seconds(future)),
        past: await holds("NumericLessThan", "aws:EpochTime", seconds(past)),
      },
    };
  },
  ({ current, epoch }) => {
    const describe = ({ future, past }: Dates["current"]): string =>
      past ? "is ignored" : future ? "is evaluated" : "is never true";
    const observed = `aws:CurrentTime ${describe(current)}; aws:EpochTime ${describe(epoch)}`;
    return current.past || epoch.past
      ? finding("differs", observed, "do not use date conditions in an authorizer's policy")
      : finding("as assumed", observed);
  },
);
