import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshallItem } from "../../../core/model/dynamodb-json.ts";
import { plural } from "../../../core/model/plural.ts";
import { fetchKeys } from "../../../runtime/jwt/fetch-keys.ts";
import type { IssuerConfig } from "../../../runtime/jwt/issuer-config.ts";
import { machineGetter } from "../../../runtime/jwt/issuer-getter.ts";
import { persistedJwksItem } from "../../../runtime/jwt/persisted-keys.ts";
import { issuerPartition } from "../../../runtime/jwt/table-issuers.ts";
import { loadTrust } from "../../explain/explain-token.ts";
import { withTable } from "../../publish/run-publish.ts";
import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, PORT_FLAG, portFlag } from "../../shared/flags.ts";
import { oneLine, print, printJson } from "../../shared/output.ts";
import { awsCaller } from "../../table/aws-caller.ts";
import { ATTEMPTS, withTableClient } from "../../table/client.ts";
import { issuersInTable, issuersOutsideTable } from "../../table/issuers-in-table.ts";
import { readTable } from "../../table/read-items.ts";
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
  about: `Fetches the key sets of the trusted issuers, those that are items of the table included, and persists them in the
table, which it reads whole. After a cold start, an authorizer that
cannot reach an issuer reads them there. Persisted keys are valid as long as cached keys (KEYS_STALE_SECONDS, one day
by default), so run this command more often. If an issuer cannot be reached, its persisted keys remain.`,
  flags: FLAGS,
  examples: ["keys --table portcullis-dev --issuers issuers.json"],
  statuses: ["all key sets are stored", "some are not"],
  run,
});

interface StoredKeys {
  readonly issuer: string;
  /** The URL of an issuer that is an item of the table. */
  readonly url?: string;
  readonly keys: number;
  readonly failure?: string;
}

/** How many issuers are asked at once. */
const WORKERS = 8;

/** Maps a list in parallel, and keeps its order. */
async function inTurn<T, R>(list: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const entries = list.entries();
  const worker = async (): Promise<void> => {
    for (const [index, one] of entries) results[index] = await work(one);
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return results;
}

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const table = tableFlag(values.table);
  const trust = await loadTrust(values.issuers, `http://127.0.0.1:${portFlag(values.port)}`, { flag: "" });
  return withTable(table, () =>
    withTableClient(async (client) => {
      const by = await awsCaller();
      const store = async (issuer: IssuerConfig, url?: string): Promise<StoredKeys> => {
        const named = { issuer: issuer.name, ...(url !== undefined && { url }) };
        const fetchedAt = Date.now();
        const found = await fetchKeys(issuer, machineGetter()(issuer), trust.local).catch(
          (error: Error) => error,
        );
        if (found instanceof Error) return { ...named, keys: 0, failure: found.message };
        const item = persistedJwksItem(issuer, { keys: found, fetchedAt }, by, url && issuerPartition(url));
        await client.send(new PutItemCommand({ TableName: table, Item: marshallItem(item) }));
        return { ...named, keys: found.length };
      };
      const { issuers, unreadable } = issuersInTable(await readTable(client, table), trust);
      const stored = [
        ...(await inTurn(issuersOutsideTable(trust), (issuer) => store(issuer))),
        ...(await inTurn(issuers, (issuer) => store(issuer, issuer.url))),
        ...unreadable.map(({ name, why }): StoredKeys => ({ issuer: name, keys: 0, failure: why })),
      ];
      const lines = stored.map(({ issuer, url, keys: count, failure }) => {
        const name = url === undefined ? issuer : `${issuer} (${url})`;
        return oneLine(
          failure === undefined
            ? `${name}: ${plural(count, "key")} stored`
            : `${name}: not stored: ${failure}`,
        );
      });
      const status = stored.every(({ failure }) => failure === undefined) ? 0 : 1;
      return values.format === "json" ? printJson(stored, status) : print(lines, status);
    }, ATTEMPTS),
  );
}
