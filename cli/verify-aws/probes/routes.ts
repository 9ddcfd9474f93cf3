import { allow, type Lab, type ProbeResponse } from "../lab.ts";
import { finding, probe } from "../probe.ts";

const ask = ({ send }: Lab, path: string): Promise<ProbeResponse> => send({ path, statements: [allow("*")] });

const reached = ({ status, resource }: ProbeResponse): string =>
  status === 200 ? (resource ?? "?") : `refused (${status})`;

export const backtracking = probe<ProbeResponse>(
  {
    id: "backtracking",
    question: "Does /t/lit/other go back from /t/lit to /t/{one}/other?",
    assumed: "either: the proof does not lean on which route is chosen",
  },
  (lab) => ask(lab, "/t/lit/other"),
  (response) => {
    const known = response.status === 403 || response.resource === "/t/{one}/other";
    return finding(known ? "as assumed" : "unclear", reached(response));
  },
);

/** By path: the resource that is expected. */
const UNDECLARED: Readonly<Record<string, string>> = {
  "/u/lit": "/u/{proxy+}",
  "/w/me": "/w/{one}",
  "/v/lit": "/v/lit",
};

export const undeclaredVerbs = probe<Readonly<Record<string, ProbeResponse>>>(
  {
    id: "undeclared-verbs",
    question: "Where does a GET go when the literal has PATCH only, and when it has ANY?",
    assumed: "to {proxy+}, to {one}, and to the literal with ANY",
  },
  async (lab) => {
    const answers: Record<string, ProbeResponse> = {};
    for (const path of Object.keys(UNDECLARED)) answers[path] = await ask(lab, path);
    return answers;
  },
  (answers) => {
    const observed = Object.entries(answers).map(([path, response]) => `${path}: ${reached(response)}`);
    const expected = Object.entries(UNDECLARED).every(
      ([path, resource]) => answers[path]?.resource === resource,
    );
    return expected
      ? finding("as assumed", observed.join("; "))
      : finding("differs", observed.join("; "), "declare the verbs that clients send on the literal itself");
  },
);
