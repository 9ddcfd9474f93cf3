import {
  DeleteGatewayResponseCommand,
  PutGatewayResponseCommand,
  UpdateRestApiCommand,
} from "@aws-sdk/client-api-gateway";
import type { Deployed } from "../deployed.ts";
import type { Account } from "../support/account.ts";
import { REGION } from "../support/moto.ts";
import type { Fault } from "./fault.ts";

export const responseFaults = (deployed: Deployed, account: Account): Fault[] => [
  missingResponse(deployed, account),
  wideResourcePolicy(deployed, account),
];

const missingResponse = ({ outputs, body }: Deployed, { apiGateway }: Account): Fault => ({
  title: "a missing gateway response",
  checks: ["gateway-responses", "deployment"],
  finding: /not found: the gateway responses ACCESS_DENIED/,
  async plant() {
    const response = { restApiId: outputs.api_id, responseType: "ACCESS_DENIED" } as const;
    const all = body["x-amazon-apigateway-gateway-responses"] as Readonly<Record<string, object>>;
    await apiGateway.send(new DeleteGatewayResponseCommand(response));
    return () => apiGateway.send(new PutGatewayResponseCommand({ ...response, ...all["ACCESS_DENIED"] }));
  },
});

function wideResourcePolicy({ outputs }: Deployed, { apiGateway }: Account): Fault {
  const restApiId = outputs.api_id;
  const set = (value: string) =>
    apiGateway.send(
      new UpdateRestApiCommand({ restApiId, patchOperations: [{ op: "replace", path: "/policy", value }] }),
    );
  const statement = {
    ...{ Sid: "Everybody", Effect: "Allow", Principal: "*", Action: "execute-api:Invoke" },
    Resource: `arn:aws:execute-api:${REGION}:123456789012:${restApiId}/*`,
  };
  return {
    title: "a resource policy that allows everything",
    checks: ["resource-policy"],
    finding: /the statement Everybody allows .*\/\*, which matches .* are allowed .*remove this Allow/,
    async plant() {
      await set(JSON.stringify({ Version: "2012-10-17", Statement: [statement] }));
      return () => set("");
    },
  };
}
