import {
  type Authorizer,
  CreateAuthorizerCommand,
  DeleteAuthorizerCommand,
  GetAuthorizersCommand,
  UpdateAuthorizerCommand,
} from "@aws-sdk/client-api-gateway";
import type { Deployed } from "../deployed.ts";
import type { Account } from "../support/account.ts";
import type { Fault } from "./fault.ts";
import { GROUP, guardedBy, putMethod } from "./sound-deployment.ts";

export const authorizerFaults = (deployed: Deployed, account: Account): Fault[] => [
  deletedAuthorizer(deployed, account),
  anotherTtl(deployed, account),
  missingSource(deployed, account),
];

function deletedAuthorizer(deployed: Deployed, account: Account): Fault {
  const { apiGateway } = account;
  const restApiId = deployed.outputs.api_id;
  return {
    title: "a deleted authorizer",
    checks: ["routes", "authorizers", "deployment"],
    finding: /not found: the authorizer portcullis_g1 .*put-rest-api/,
    async plant() {
      const { id: authorizerId, name = "", ...found } = await readAuthorizer(deployed, account);
      await apiGateway.send(new DeleteAuthorizerCommand({ restApiId, authorizerId }));
      return async () => {
        const authorizer = { ...found, restApiId, name, type: "REQUEST" } as const;
        const { id } = await apiGateway.send(new CreateAuthorizerCommand(authorizer));
        for (const method of guardedBy(GROUP, deployed.body))
          await putMethod(account, restApiId, { ...method, authorizerId: id });
      };
    },
  };
}

const anotherTtl = (deployed: Deployed, account: Account): Fault => ({
  title: "another TTL",
  checks: ["authorizers", "deployment"],
  finding: /portcullis_g1 caches for 3600 s, but must cache for 10 s .*update-authorizer .*"value":"10"/,
  async plant() {
    const { authorizerResultTtlInSeconds: before } = await readAuthorizer(deployed, account);
    await change(deployed, account, "/authorizerResultTtlInSeconds", "3600");
    return () => change(deployed, account, "/authorizerResultTtlInSeconds", String(before));
  },
});

const missingSource = (deployed: Deployed, account: Account): Fault => ({
  title: "a missing identity source",
  checks: ["authorizers", "deployment"],
  finding:
    /portcullis_g1 caches by method\.request\.header\.Authorization, but must cache by stageVariables\.portcullis_g1,/,
  async plant() {
    const { identitySource = "" } = await readAuthorizer(deployed, account);
    await change(deployed, account, "/identitySource", "method.request.header.Authorization");
    return () => change(deployed, account, "/identitySource", identitySource);
  },
});

async function readAuthorizer({ outputs }: Deployed, { apiGateway }: Account): Promise<Authorizer> {
  const { items = [] } = await apiGateway.send(new GetAuthorizersCommand({ restApiId: outputs.api_id }));
  const found = items.find(({ name }) => name === GROUP);
  if (found === undefined) throw new Error(`The API has no authorizer ${GROUP}`);
  return found;
}

async function change(deployed: Deployed, account: Account, path: string, value: string): Promise<void> {
  const { id: authorizerId } = await readAuthorizer(deployed, account);
  await account.apiGateway.send(
    new UpdateAuthorizerCommand({
      restApiId: deployed.outputs.api_id,
      authorizerId,
      patchOperations: [{ op: "replace", path, value }],
    }),
  );
}
