import { expect, test } from "vitest";
import { ALGORITHMS } from "../../../core/model/issuer.ts";
import { readConfig } from "../../../lambdas/authorizer/configuration.ts";
import type { ConfigurationError, Environment } from "../../../runtime/environment.ts";
import { selfSigned } from "../../faults/support/self-signed.ts";
import { authorizerEnvironment } from "../../support/configuration.ts";

const ISSUER = { url: "https://id.example.com/", audiences: ["api"] };

const env = (changes: Environment = {}): Environment => ({
  ...authorizerEnvironment({
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "very-secret",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x",
    ISSUERS: JSON.stringify({ main: ISSUER }),
  }),
  ...changes,
});

const issuers = (settings: Record<string, unknown>, changes: Environment = {}) =>
  env({ ISSUERS: JSON.stringify({ main: { ...ISSUER, ...settings } }), ...changes });

function findProblems(environment: Environment): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    expect(error).toMatchObject({
      code: "configuration_invalid",
      message: expect.stringContaining("The configuration is invalid: "),
    });
    return (error as ConfigurationError).problems;
  }
  return [];
}

test("an issuer of the function's network has a CA of its own", () => {
  const ca = `${selfSigned("login.corp.internal").cert}${selfSigned("login.corp.internal").cert}`;
  const { trust } = readConfig(issuers({ network: "private", ca }));
  expect(trust.issuers).toMatchObject([{ isPrivate: true, ca }]);
});

test.each(["", "PEM", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"])(
  "a ca that is no certificate is rejected: %j",
  (ca) => {
    expect(findProblems(issuers({ ca }))).toEqual([
      "ISSUERS.main.ca must be certificates as PEM, and nothing else",
    ]);
  },
);

test("a private key next to the certificate is rejected", () => {
  const { cert, key } = selfSigned("login.corp.internal");
  expect(findProblems(issuers({ ca: cert + key }))).toEqual([
    "ISSUERS.main.ca must be certificates as PEM, and nothing else",
  ]);
});

test("settings that are not set have their defaults", () => {
  expect(readConfig(env())).toEqual({
    functionName: "authorizer",
    metrics: "off",
    accessOrigins: null,
    logLevel: "info",
    cachingMode: "token",
    shadow: false,
    trust: {
      local: false,
      issuers: [
        {
          name: "main",
          url: "https://id.example.com/",
          jwksUri: undefined,
          audiences: ["api"],
          algorithms: ["RS256"],
        },
      ],
      clockToleranceSeconds: 30,
      issuerHosts: [],
      keysStaleSeconds: 86_400,
      keysTimeoutSeconds: 3,
    },
    table: {
      tableName: "permissions",
      region: "eu-central-1",
      endpoint: undefined,
      credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "very-secret" },
      permissionsTtlSeconds: 30,
      serveStaleSeconds: 0,
    },
  });
});

test("all problems are reported at once, by name and without values", () => {
  const secrets = { AWS_SECRET_ACCESS_KEY: "hunter2", AWS_SESSION_TOKEN: "session-secret" };
  const wrong = {
    TABLE_NAME: "",
    CACHING_MODE: "sometimes",
    METRICS: "all",
    LOG_LEVEL: "trace",
    CLOCK_TOLERANCE_SECONDS: "301",
    PERMISSIONS_TTL_SECONDS: "-1",
    SERVE_STALE_PERMISSIONS_SECONDS: "3601",
    KEYS_STALE_SECONDS: "a day",
    PORTCULLIS_LOCAL: "yes",
    AWS_REGION: undefined,
    AWS_ENDPOINT_URL: "hunter3",
    ISSUERS: JSON.stringify({
      one: { url: "ftp://user:hunter4@x", audience: "api", audiences: [] },
      two: {
        url: "ftp://user:hunter4@x",
        jwksUri: 7,
        audiences: ["a"],
        algorithms: ["HS256"],
        network: "vpn",
        ca: "hunter5",
      },
    }),
  };
  const problems = findProblems(env({ ...secrets, ...wrong }));
  expect(problems).toEqual([
    "METRICS must be one of off, on, tenant",
    "LOG_LEVEL must be one of info, debug",
    "CACHING_MODE must be one of token, route, off",
    "PORTCULLIS_LOCAL must be 1 or absent",
    "PORTCULLIS_LOCAL must be absent on AWS Lambda",
    "ISSUERS.one.audience is not one of url, jwksUri, audiences, algorithms, network, ca",
    "ISSUERS.one.url must not carry a user or a password",
    "ISSUERS.one.audiences must be a list of at least one audience",
    "ISSUERS.two.url must not carry a user or a password",
    "ISSUERS.two.jwksUri must be an absolute URL",
    `ISSUERS.two.algorithms must be a list of ${ALGORITHMS.join(", ")}`,
    "ISSUERS.two.network must be public or private",
    "ISSUERS.two.ca must be certificates as PEM, and nothing else",
    "ISSUERS.two.url is also the url of another issuer",
    "CLOCK_TOLERANCE_SECONDS must be a whole number of seconds from 0 to 300",
    "KEYS_STALE_SECONDS must be a whole number of seconds from 0 to 604800",
    "TABLE_NAME is missing",
    "AWS_REGION is missing",
    "AWS_ENDPOINT_URL must be an http or https URL",
    "PERMISSIONS_TTL_SECONDS must be a whole number of seconds from 0 to 3600",
    "SERVE_STALE_PERMISSIONS_SECONDS must be a whole number of seconds from 0 to 3600",
  ]);
  expect(problems.join()).not.toMatch(/hunter|secret"|session/);
});

test("two issuers whose URLs differ only in the name of the variable are one problem", () => {
  const issuer = (url: string) => ({ url, audiences: ["api"] });
  const [one, two] = [issuer("https://id.example.com/{pool}"), issuer("https://id.example.com/{tenant}")];
  expect(findProblems(env({ ISSUERS: JSON.stringify({ one, two }) }))).toEqual([
    "ISSUERS.two.url is also the url of another issuer",
  ]);
});

test.each([
  ["broken JSON", "{"],
  ["a list", "[]"],
  ["no issuer", "{}"],
  ["nothing", ""],
])("ISSUERS with %s is one problem, without its value", (_, value) => {
  expect(findProblems(env({ ISSUERS: value }))).toEqual([
    "ISSUERS must be a JSON object of issuers by name, with at least one",
  ]);
});

test.each(["none", "HS256", "HS384", "HS512", "RSA-OAEP", "rs256", ""])(
  "the algorithm %j is rejected",
  (algorithm) => {
    expect(findProblems(issuers({ algorithms: ["RS256", algorithm] }))).toEqual([
      expect.stringContaining("ISSUERS.main.algorithms must be a list of"),
    ]);
  },
);

test.each([...ALGORITHMS])("the algorithm %s is accepted", (algorithm) => {
  expect(findProblems(issuers({ algorithms: [algorithm] }))).toEqual([]);
});

test.each([
  "http://id.example.com",
  "https://localhost",
  "https://localhost.:8443",
  "https://id.localhost",
  "https://127.0.0.1",
  "https://127.1",
  "https://0x7f000001",
  "https://2130706433",
  "https://0.0.0.0",
  "https://10.1.2.3",
  "https://100.64.0.1",
  "https://172.31.0.1",
  "https://192.168.1.1",
  "https://169.254.169.254",
  "https://[::1]",
  "https://[::]",
  "https://[::ffff:127.0.0.1]",
  "https://[::ffff:8.8.8.8]",
  "https://[64:ff9b::7f00:1]",
  "https://[fe80::1]",
  "https://[fd00::1]",
])("outside the local stack %s is rejected as an issuer and as a key set's URL", (url) => {
  expect(findProblems(issuers({ url, jwksUri: url }))).toEqual([
    expect.stringMatching(
      /^ISSUERS\.main\.url must (be an https URL|not name a loopback, link-local or private host)$/,
    ),
    expect.stringMatching(
      /^ISSUERS\.main\.jwksUri must (be an https URL|not name a loopback, link-local or private host)$/,
    ),
  ]);
});

test.each([
  "https://8.8.8.8",
  "https://172.32.0.1",
  "https://[2606:4700::1]",
  "https://localhost.example.com",
])("%s is public", (url) => {
  expect(findProblems(issuers({ url }))).toEqual([]);
});

test.each(["http://127.0.0.1:3000/_portcullis/issuers/main", "http://localhost", "https://id.example.com"])(
  "in the local stack %s is accepted",
  (url) => {
    expect(findProblems(issuers({ url }, { PORTCULLIS_LOCAL: "1", AWS_EXECUTION_ENV: undefined }))).toEqual(
      [],
    );
  },
);

const KEYS = "https://id.example.com/keys";

test.each([
  "https://id.example.com/{tid}",
  "https://id.example.com/a/{pool}/v2.0",
  "https://id.example.com/{tid}/",
  "https://{org}.example.com",
  "https://{org}.login.example.com/oauth2/default",
])("%s is a template for the directories of tenants", (url) => {
  expect(findProblems(issuers({ url }))).toEqual([]);
  expect(findProblems(issuers({ url, jwksUri: KEYS }))).toEqual([]);
});

test.each([
  "https://id.example.com/{tid}/{tid}",
  "https://id.example.com/x{tid}/v2.0",
  "https://id.example.com/{tid}x",
  "https://id.example.com/{1}/v2.0",
  "https://id.example.com/{}/v2.0",
  "https://id.example.com/?t={tid}",
  "https://id.example.com/?t=/{tid}",
  "https://id.example.com/{tid",
  "https://{org}.com",
  "https://x{org}.example.com",
  "https://{org}x.example.com",
  "https://login.{org}.example.com",
  "https://{org}.EXAMPLE.com",
  "https://{org}",
])("%s is rejected because of its braces", (url) => {
  expect(findProblems(issuers({ url, jwksUri: KEYS }))).toEqual([
    "ISSUERS.main.url may have one variable such as {tenant}, as a whole path segment or as the host's first label, and no other braces",
  ]);
});

test.each([{}, { PORTCULLIS_LOCAL: "1", AWS_EXECUTION_ENV: undefined }])(
  "keys in the configuration are rejected, also in the local stack: %o",
  (changes) => {
    const jwks = { keys: [{ kty: "RSA", n: "AQAB", e: "AQAB" }] };
    expect(findProblems(issuers({ jwks }, changes))).toEqual([
      "ISSUERS.main.jwks is not one of url, jwksUri, audiences, algorithms, network, ca",
    ]);
  },
);

test("PORTCULLIS_LOCAL on Lambda is rejected, whatever the issuers", () => {
  expect(findProblems(env({ PORTCULLIS_LOCAL: "1" }))).toEqual([
    "PORTCULLIS_LOCAL must be absent on AWS Lambda",
  ]);
});

test.each(["x", "table name", "arn:aws:dynamodb:table/x", "t".repeat(256)])(
  "%j is rejected as a table's name",
  (TABLE_NAME) => {
    expect(findProblems(env({ TABLE_NAME }))).toEqual([
      "TABLE_NAME must be a table's name: 3 to 255 characters of A-Z a-z 0-9 _ . -",
    ]);
  },
);

test.each(["EU-CENTRAL-1", "eu central 1", "evil.example.com/", "r".repeat(33)])(
  "%j is rejected as a region's name",
  (AWS_REGION) => {
    expect(findProblems(env({ AWS_REGION }))).toEqual([
      "AWS_REGION must be a region's name, such as eu-central-1",
    ]);
  },
);

test("a key that does not look like a name is reported by its number", () => {
  const ISSUERS = JSON.stringify({
    main: { ...ISSUER, "https://user:hunter2@id.example.com": 1 },
    "https://user:hunter2@id.example.com": {},
  });
  expect(findProblems(env({ ISSUERS }))).toEqual([
    "ISSUERS.main.#3 is not one of url, jwksUri, audiences, algorithms, network, ca",
    "ISSUERS.#2.url must be an absolute URL",
    "ISSUERS.#2.audiences must be a list of at least one audience",
  ]);
});

test("a fragment in an issuer's URL is rejected", () => {
  expect(findProblems(issuers({ url: "https://id.example.com/#x" }))).toEqual([
    "ISSUERS.main.url must not have a fragment",
  ]);
});

test("DynamoDB's own endpoint takes precedence over the general one", () => {
  const endpoints = {
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:2",
  };
  expect(readConfig(env(endpoints)).table.endpoint).toBe("http://127.0.0.1:2");
  expect(readConfig(env({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" })).table.endpoint).toBe(
    "http://127.0.0.1:1",
  );
});

test("limits are inclusive", () => {
  const largest = {
    CLOCK_TOLERANCE_SECONDS: "300",
    PERMISSIONS_TTL_SECONDS: "3600",
    SERVE_STALE_PERMISSIONS_SECONDS: "3600",
    KEYS_STALE_SECONDS: "0",
  };
  const config = readConfig(env(largest));
  expect([
    config.trust.clockToleranceSeconds,
    config.table.permissionsTtlSeconds,
    config.table.serveStaleSeconds,
    config.trust.keysStaleSeconds,
  ]).toEqual([300, 3_600, 3_600, 0]);
});

test("the timeout of keys is from 1 to 8 seconds", () => {
  const timeoutOf = (seconds: string) =>
    readConfig(authorizerEnvironment({ KEYS_TIMEOUT_SECONDS: seconds })).trust.keysTimeoutSeconds;
  expect(["1", "8", "0"].map(timeoutOf)).toEqual([1, 8, 1]);
  expect(findProblems(authorizerEnvironment({ KEYS_TIMEOUT_SECONDS: "9" }))).toEqual([
    "KEYS_TIMEOUT_SECONDS must be a whole number of seconds from 0 to 8",
  ]);
});
