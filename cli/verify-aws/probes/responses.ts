import { allow, deny, type ProbeResponse } from "../lab.ts";
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
