import { allow, type Lab, type ProbeResponse } from "../lab.ts";
import { finding, probe } from "../probe.ts";

const request = ({ send }: Lab, path: string): Promise<ProbeResponse> =>
  send({ path, statements: [allow("*")] });

const describe = ({ status, resource }: ProbeResponse): string =>
  status === 200 ? (resource ?? "?") : `denied (${status})`;

export const backtracking = probe<ProbeResponse>(
  {
    id: "backtracking",
    question: "Does API Gateway backtrack from /t/lit to /t/{one}/other for /t/lit/other?",
    assumed: "either: the proof does not depend on which route is chosen",
  },
  (lab) => request(lab, "/t/lit/other"),
  (response) => {
    const isExpected = response.status === 403 || response.resource === "/t/{one}/other";
    return finding(isExpected ? "as assumed" : "unclear", describe(response));
  },
);

/** The expected resource by path. */
const UNDECLARED: Readonly<Record<string, string>> = {
  "/u/lit": "/u/{proxy+}",
  "/w/me": "/w/{one}",
  "/v/lit": "/v/lit",
};

export const undeclaredVerbs = probe<Readonly<Record<string, ProbeResponse>>>(
  {
    id: "undeclared-verbs",
    question: "Which route gets a GET if the literal has only PATCH, and if it has ANY?",
    assumed: "to {proxy+}, to {one}, and to the literal with ANY",
  },
  async (lab) => {
    const responses: Record<string, ProbeResponse> = {};
    for (const path of Object.keys(UNDECLARED)) responses[path] = await request(lab, path);
    return responses;
  },
  (responses) => {
    const observed = Object.entries(responses).map(([path, response]) => `${path}: ${describe(response)}`);
    const isExpected = Object.entries(UNDECLARED).every(
      ([path, resource]) => responses[path]?.resource === resource,
    );
    return isExpected
      ? finding("as assumed", observed.join("; "))
      : finding("differs", observed.join("; "), "declare the methods that clients use on the literal itself");
  },
);
