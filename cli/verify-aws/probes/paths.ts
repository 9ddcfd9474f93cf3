import { allow, deny, type Lab, type ProbeResponse } from "../lab.ts";
import { finding, type ProbeFinding, probe } from "../probe.ts";

/** Returns whether a request for a path is allowed by an Allow for only these patterns. */
async function isAllowed({ send }: Lab, path: string, ...patterns: string[]): Promise<boolean> {
  return (await send({ path, statements: [allow(...patterns)] })).status === 200;
}

const describeArn = ({ seen }: ProbeResponse): string =>
  seen === undefined ? "no ARN" : `ARN …/${seen.methodArn}`;

interface EncodedSlash {
  readonly open: ProbeResponse;
  readonly asSent: boolean;
  readonly decoded: boolean;
}

export const encodedSlash = probe<EncodedSlash>(
  {
    id: "encoded-slash",
    question: "Is %2F decoded in the ARN that a policy is evaluated for?",
    assumed: "either: --encoded-paths unknown proves both cases",
  },
  async (lab) => ({
    open: await lab.send({ path: "/p/a%2Fb", statements: [allow("*")] }),
    asSent: await isAllowed(lab, "/p/a%2Fb", "GET/p/a%2Fb"),
    decoded: await isAllowed(lab, "/p/a%2Fb", "GET/p/a/b"),
  }),
  ({ open, asSent, decoded }) => {
    if (open.status !== 200)
      return finding("as assumed", `denied with ${open.status} under every policy`, KEEP_UNKNOWN);
    if (asSent && !decoded)
      return finding("as assumed", `as sent; ${describeArn(open)}`, "--encoded-paths as_sent");
    if (decoded && !asSent) return finding("as assumed", `decoded; ${describeArn(open)}`, KEEP_UNKNOWN);
    const how = asSent ? "an Allow of either spelling is enough" : "an Allow of one spelling is not enough";
    return finding("as assumed", `${how}; ${describeArn(open)}`, KEEP_UNKNOWN);
  },
);

const KEEP_UNKNOWN = "keep --encoded-paths unknown (the default)";

/** The result of a request under an Allow for each spelling, and under an Allow for all spellings. */
interface Spellings {
  readonly each: Readonly<Record<string, boolean>>;
  readonly together: boolean;
}

async function trySpellings(lab: Lab, path: string, patterns: readonly string[]): Promise<Spellings> {
  const each: Record<string, boolean> = {};
  for (const pattern of patterns) each[pattern] = await isAllowed(lab, path, pattern);
  return { each, together: await isAllowed(lab, path, ...patterns) };
}

function interpretSpellings({ each, together }: Spellings, setting: string): ProbeFinding {
  const sufficient = Object.keys(each).filter((pattern) => each[pattern] === true);
  if (!together) return finding("differs", "denied with all spellings that Portcullis allows", setting);
  return finding(
    "as assumed",
    sufficient.length === 0 ? "all spellings together are needed" : `evaluated as ${sufficient.join(" or ")}`,
  );
}

export const trailingSlash = probe<Spellings>(
  {
    id: "trailing-slash",
    question: "Does a slash at the end of a path stay in the ARN?",
    assumed: "either: policies allow both spellings",
  },
  (lab) => trySpellings(lab, "/p/a/", ["GET/p/a", "GET/p/a/"]),
  (facts) => interpretSpellings(facts, "have clients omit the slash, because such requests are denied"),
);

export const encodedLetters = probe<Spellings>(
  {
    id: "encoded-letters",
    question: "Which spelling of %7e is evaluated?",
    assumed: "any: policies allow a bound value raw, and with upper-case and lower-case hex",
  },
  (lab) => trySpellings(lab, "/p/%7eann", ["GET/p/~ann", "GET/p/%7Eann", "GET/p/%7eann"]),
  (facts) => interpretSpellings(facts, "have clients send unreserved characters unencoded"),
);

interface Reached {
  readonly path: string;
  readonly response: ProbeResponse;
}

const describe = ({ path, response }: Reached): string =>
  response.status === 200
    ? `${path}: reaches ${response.resource ?? "?"}, ${describeArn(response)}`
    : `${path}: ${response.status}`;

const reach = async (
  { send }: Lab,
  path: string,
  ...statements: Parameters<Lab["send"]>[0]["statements"]
) => ({
  path,
  response: await send({ path, statements }),
});

export const emptySegments = probe<readonly Reached[]>(
  {
    id: "empty-segments",
    question: "Does an empty segment (//) stay in the ARN?",
    assumed: "either: each policy denies {base}/*//*",
  },
  async (lab) => [
    await reach(lab, "/p//a", allow("*"), deny("*//*")),
    await reach(lab, "//p/a", allow("*"), deny("*//*")),
    await reach(lab, "/g/x//y", allow("*"), deny("*//*")),
  ],
  (facts) => {
    const missed = facts.filter(
      ({ response }) => response.status === 200 && /\/\//.test(describeArn(response)),
    );
    const observed = facts.map(describe).join("; ");
    return missed.length === 0
      ? finding("as assumed", observed)
      : finding("open", `${observed}: a Deny of *//* did not match`, "--cache route, and report it");
  },
);

/** With an Allow for only `/p/…` and `/g/…`, no request may reach `/q`. */
export const dotSegments = probe<readonly Reached[]>(
  {
    id: "dot-segments",
    question: "Are dot segments resolved before a route is chosen, and not in the ARN?",
    assumed: "no: they are literal text, or the request is denied",
  },
  async (lab) => {
    const allowed = allow("GET/p/?*", "GET/g/?*");
    const paths = ["/p/./a", "/p/../q/a", "/g/../q/a", "/g/%2e%2e/q/a", "/g/x/..%2f..%2fq/a"];
    const reached: Reached[] = [];
    for (const path of paths) reached.push(await reach(lab, path, allowed));
    return reached;
  },
  (facts) => {
    const misrouted = facts.filter(
      ({ response }) => response.status === 200 && response.resource === "/q/{one}",
    );
    const observed = facts.map(describe).join("; ");
    return misrouted.length === 0
      ? finding("as assumed", observed)
      : finding(
          "open",
          `${observed}: a request reached a route that was not granted`,
          "--cache route, and report it",
        );
  },
);

export const letterCase = probe<{ readonly other: boolean; readonly same: boolean }>(
  {
    id: "letter-case",
    question: "Is the match of a Resource case-sensitive?",
    assumed: "yes",
  },
  async (lab) => ({
    other: await isAllowed(lab, "/p/abc", "GET/p/ABC"),
    same: await isAllowed(lab, "/p/abc", "GET/p/abc"),
  }),
  ({ other, same }) => {
    if (!same) return finding("unclear", "an Allow of the exact path does not allow it");
    return other
      ? finding(
          "open",
          "no: GET/p/ABC allows /p/abc",
          "bind only to values that are unique regardless of case",
        )
      : finding("as assumed", "yes: GET/p/ABC does not allow /p/abc");
  },
);
