import { beforeAll, describe, expect, it } from "vitest";
import { authorizerZip } from "../../packaging/bundle.ts";
import { authorizerEnvironment } from "../support/configuration.ts";
import { event, LAYOUT_DATA } from "../support/fixtures.ts";
import { callBundle, unpackZip } from "./support/bundle-process.ts";

let zip: Uint8Array;
beforeAll(async () => {
  zip = await authorizerZip({ token: LAYOUT_DATA });
});

const GOOD = authorizerEnvironment({
  AWS_ACCESS_KEY_ID: "AKIAhunter2-key-id",
  AWS_SECRET_ACCESS_KEY: "hunter2-secret-key",
  AWS_SESSION_TOKEN: "hunter2-session",
  ISSUERS: JSON.stringify({ main: { url: "https://id.example.com", audiences: ["hunter2-audience"] } }),
});
/** Each variable contains a secret as an invalid value, or is empty. */
const WRONG = {
  TABLE_NAME: "hunter2 table",
  CACHING_MODE: "hunter2-mode",
  AWS_REGION: "hunter2.region",
  AWS_ACCESS_KEY_ID: "",
  AWS_SECRET_ACCESS_KEY: "",
  AWS_SESSION_TOKEN: "hunter2-session",
  AWS_EXECUTION_ENV: "AWS_Lambda_hunter2",
  AWS_ENDPOINT_URL_DYNAMODB: "ftp://user:hunter2@dynamodb",
  PORTCULLIS_LOCAL: "hunter2-local",
  CLOCK_TOLERANCE_SECONDS: "hunter2-clock",
  KEYS_STALE_SECONDS: "hunter2-keys",
  PERMISSIONS_TTL_SECONDS: "hunter2-ttl",
  ISSUERS: JSON.stringify({
    main: {
      url: "https://user:hunter2@id.example.com",
      jwksUri: "hunter2",
      audiences: "hunter2",
      algorithms: ["hunter2"],
      secret: "hunter2",
    },
    "https://user:hunter2@id.example.com": "hunter2",
  }),
};
const VARIABLES_WITHOUT_RULES = ["AWS_SESSION_TOKEN", "AWS_EXECUTION_ENV"];
const CALLS = [event("Bearer hunter2.hunter2.hunter2"), event(undefined), {}, null, "hunter2"];

async function startInvalid(
  env: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>> = {},
): Promise<readonly unknown[]> {
  const { output, log, ends } = await callBundle(unpackZip(zip, changes), env, CALLS);
  expect(output).not.toMatch(/hunter2/);
  expect(ends).toHaveLength(CALLS.length);
  for (const { response, thrown } of ends) {
    expect(response).toBeUndefined();
    expect(thrown).not.toBe("Unauthorized");
  }
  expect(ends.slice(0, 2)).toEqual([
    { thrown: "No decision: configuration_invalid" },
    { thrown: "No decision: configuration_invalid" },
  ]);
  const [start, ...decisions] = log;
  expect(start).toMatchObject({ level: "error", message: "configuration", code: "configuration_invalid" });
  for (const line of decisions)
    expect(line).toMatchObject({ level: "error", message: "decision", status: 500 });
  return start?.["problems"] as readonly unknown[];
}

describe("a cold start with an invalid configuration", () => {
  it("reports every problem of every variable and of the file at once, without any value", async () => {
    const problems = await startInvalid(WRONG, { "layout.json": '{"layouts":"hunter2"}' });
    expect(problems).toEqual([
      "CACHING_MODE must be one of token, route, off",
      "PORTCULLIS_LOCAL must be 1 or absent",
      "PORTCULLIS_LOCAL must be absent on AWS Lambda",
      "ISSUERS.main.secret is not one of url, jwksUri, audiences, algorithms, network, ca",
      "ISSUERS.main.url must not carry a user or a password",
      "ISSUERS.main.jwksUri must be an absolute URL",
      "ISSUERS.main.audiences must be a list of at least one audience",
      expect.stringMatching(/^ISSUERS\.main\.algorithms must be a list of RS256, /),
      "ISSUERS.#2.url must be an absolute URL",
      "ISSUERS.#2.audiences must be a list of at least one audience",
      "CLOCK_TOLERANCE_SECONDS must be a whole number of seconds from 0 to 300",
      "KEYS_STALE_SECONDS must be a whole number of seconds from 0 to 604800",
      "TABLE_NAME must be a table's name: 3 to 255 characters of A-Z a-z 0-9 _ . -",
      "AWS_REGION must be a region's name, such as eu-central-1",
      "AWS_ENDPOINT_URL_DYNAMODB must be an http or https URL",
      "AWS_ACCESS_KEY_ID is missing",
      "AWS_SECRET_ACCESS_KEY is missing",
      "PERMISSIONS_TTL_SECONDS must be a whole number of seconds from 0 to 3600",
      "layout.json is not what this bundle's build writes: build again",
    ]);
    for (const variable of Object.keys(WRONG))
      if (!VARIABLES_WITHOUT_RULES.includes(variable))
        expect(problems).toContainEqual(expect.stringMatching(new RegExp(`^${variable}\\b`)));
  });

  it("reports the missing variables when none is set", async () => {
    expect(await startInvalid({})).toEqual([
      "CACHING_MODE must be one of token, route, off",
      "ISSUERS must be a JSON object of issuers by name, with at least one",
      "TABLE_NAME is missing",
      "AWS_REGION is missing",
      "AWS_ACCESS_KEY_ID is missing",
      "AWS_SECRET_ACCESS_KEY is missing",
    ]);
  });

  const UNREADABLE = "layout.json cannot be read next to the bundle: build again";
  const FOREIGN = "layout.json is not what this bundle's build writes: build again";
  it.each<[title: string, layout: string | null, problem: string]>([
    ["missing", null, UNREADABLE],
    ["empty", "", UNREADABLE],
    ["broken JSON", '{"layouts":{"token":"hunter2', UNREADABLE],
    ["nested too deep", "[".repeat(500_000) + "]".repeat(500_000), FOREIGN],
    ["huge", `"${"hunter2".repeat(5_000_000)}"`, FOREIGN],
    ["of another version", JSON.stringify({ version: 9, layouts: { token: { hash: "hunter2" } } }), FOREIGN],
    [
      "of other modes alone",
      JSON.stringify({ layouts: { off: { ...LAYOUT_DATA, mode: "off" } } }),
      "CACHING_MODE is token, for which this bundle's layout.json has no layout: build again",
    ],
  ])("reports that layout.json is %s", async (_, layout, problem) => {
    expect(await startInvalid(GOOD, { "layout.json": layout })).toEqual([problem]);
  });
});
