import { GetStageCommand, type PatchOperation, UpdateStageCommand } from "@aws-sdk/client-api-gateway";
import type { Deployed } from "../deployed.ts";
import type { Account } from "../support/account.ts";
import type { Fault } from "./fault.ts";
import { GROUP } from "./sound-deployment.ts";

export const stageFaults = (deployed: Deployed, account: Account): Fault[] => [
  wrongVariable(deployed, account),
  cachedResponses(deployed, account),
  missingAccessLog(deployed, account),
];

const stageKey = ({ outputs }: Deployed) => ({ restApiId: outputs.api_id, stageName: outputs.stage });

const patch = (deployed: Deployed, { apiGateway }: Account, patchOperations: PatchOperation[]) =>
  apiGateway.send(new UpdateStageCommand({ ...stageKey(deployed), patchOperations }));

function wrongVariable(deployed: Deployed, account: Account): Fault {
  const { manifest, outputs } = deployed;
  const set = (value: string) =>
    patch(deployed, account, [{ op: "replace", path: `/variables/${GROUP}`, value }]);
  return {
    title: "another layout's stage variable",
    checks: ["stage-variables"],
    finding: /portcullis_g1 is g1-000000000000, but must be g1-.*npx portcullis deploy dev/,
    async plant() {
      await set("g1-000000000000");
      return () => set(manifest.stageVariables[outputs.caching_mode]?.[GROUP] ?? "");
    },
  };
}

function cachedResponses(deployed: Deployed, account: Account): Fault {
  const set = (value: string) =>
    patch(deployed, account, [{ op: "replace", path: "/*/*/caching/enabled", value }]);
  return {
    title: "cached responses",
    checks: ["response-cache"],
    finding: /\*\/\*: caches backend responses, which another caller may get/,
    async plant() {
      await set("true");
      return () => set("false");
    },
  };
}

const missingAccessLog = (deployed: Deployed, account: Account): Fault => ({
  title: "a missing access log",
  checks: ["logs"],
  finding: /stage dev has no access log .*npx portcullis deploy dev/,
  async plant() {
    const stage = await account.apiGateway.send(new GetStageCommand(stageKey(deployed)));
    const settings = Object.entries(stage.accessLogSettings ?? {}).map(
      ([name, value]): PatchOperation => ({ op: "replace", path: `/accessLogSettings/${name}`, value }),
    );
    await patch(deployed, account, [{ op: "remove", path: "/accessLogSettings" }]);
    return () => patch(deployed, account, settings);
  },
});
