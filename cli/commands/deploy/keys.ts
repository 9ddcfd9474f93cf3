import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshallItem } from "../../../core/model/dynamodb-json.ts";
import { plural } from "../../../core/model/plural.ts";
import { fetchKeys } from "../../../runtime/jwt/fetch-keys.ts";
import { jsonGetter } from "../../../runtime/jwt/https-getter.ts";
import { persistedJwksItem } from "../../../runtime/jwt/persisted-keys.ts";
import { loadTrust } from "../../explain/explain-token.ts";
import { withTable } from "../../publish/run-publish.ts";
import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, PORT_FLAG, portFlag } from "../../shared/flags.ts";
import { print, printJson } from "../../shared/output.ts";
import { awsCaller } from "../../table/aws-caller.ts";
import { ATTEMPTS, withTableClient } from "../../table/client.ts";
import { RUN_TIME_FLAGS } from "../../table/run-time.ts";
import { tableFlag } from "../../table/table-flag.ts";

const FLAGS = {
  ...RUN_TIME_FLAGS,
  issuers: {
    type: "string",
    value: "FILE",
    otherwise: "the issuers of the running local stack",
    about: "A file with the issuers' URLs, in the form of the authorizer's variable ISSUERS.",
    example: "issuers.json",
  },
  port: PORT_FLAG,
} as const;

export const keys = defineCommand({
  name: "keys",
  about: `Fetches the key sets of the trusted issuers and persists them in the table. After a cold start, an authorizer that
cannot reach an issuer reads them there. Persisted keys are valid as long as cached keys (KEYS_STALE_SECONDS, one day
by default), so run this command more often. If an issuer cannot be reached, its persisted keys remain.`,
  flags: FLAGS,
  examples: ["keys --table portcullis-dev --issuers issuers.json"],
  statuses: ["all key sets are stored", "some are not"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const table = tableFlag(values.table);
  const trust = await loadTrust(values.issuers, `http://127.0.0.1:${portFlag(values.port)}`, { flag: "" });
  return withTable(table, () =>
    withTableClient(async (client) => {
      const by = await awsCaller();
      const stored: { issuer: string; keys: number; failure?: string }[] = [];
      for (const issuer of trust.issuers) {
        const fetchedAt = Date.now();
        const found = await fetchKeys(issuer, jsonGetter(), trust.local).catch((error: Error) => error);
        if (found instanceof Error) {
          stored.push({ issuer: issuer.name, keys: 0, failure: found.message });
          continue;
        }
        const item = persistedJwksItem(issuer, { keys: found, fetchedAt }, by);
        await client.send(new PutItemCommand({ TableName: table, Item: marshallItem(item) }));
        stored.push({ issuer: issuer.name, keys: found.length });
      }
      const lines = stored.map(({ issuer, keys: count, failure }) =>
        failure === undefined
          ? `${issuer}: ${plural(count, "key")} stored`
          : `${issuer}: not stored: ${failure}`,
      );
      const status = stored.every(({ failure }) => failure === undefined) ? 0 : 1;
      return values.format === "json" ? printJson(stored, status) : print(lines, status);
    }, ATTEMPTS),
  );
}
