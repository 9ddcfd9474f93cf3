import {
  CreateResourceCommand,
  DeleteMethodCommand,
  DeleteResourceCommand,
  GetAuthorizersCommand,
  PutMethodCommand,
} from "@aws-sdk/client-api-gateway";
import type { Deployed } from "../deployed.ts";
import type { Account } from "../support/account.ts";
import type { Fault } from "./fault.ts";
import { findResource, GROUP, guardedBy, listOperations, putMethod } from "./sound-deployment.ts";

const OTHER_GROUP = "portcullis_g2";

export const routeFaults = (deployed: Deployed, account: Account): Fault[] => [
  wrongAuthorizer(deployed, account, undefined),
  wrongAuthorizer(deployed, account, OTHER_GROUP),
  undeclaredRoute(deployed, account),
  withoutPreflight(deployed, account),
];

function wrongAuthorizer(deployed: Deployed, account: Account, other: string | undefined): Fault {
  const [method] = guardedBy(GROUP, deployed.body);
  if (method === undefined) throw new Error(`${GROUP} guards no route`);
  const route = escapeRegExp(`${method.method} ${method.path}`);
  const guardBy = async (name: string | undefined) => {
    const restApiId = deployed.outputs.api_id;
    const { items = [] } = await account.apiGateway.send(new GetAuthorizersCommand({ restApiId }));
    const authorizerId = items.find((one) => one.name === name)?.id;
    await putMethod(account, restApiId, { ...method, authorizerId });
  };
  return {
    title:
      other === undefined ? "a route without its authorizer" : "a route behind another group's authorizer",
    checks: ["routes", "deployment"],
    finding: new RegExp(
      other === undefined
        ? `${route} has no authorizer, so it is open to everyone`
        : `${route} must be behind ${GROUP}, but is behind ${other}`,
    ),
    async plant() {
      await guardBy(other);
      return () => guardBy(GROUP);
    },
  };
}

const escapeRegExp = (text: string): string => text.replace(/[{}+.*?()[\]|^$\\]/g, "\\$&");

const undeclaredRoute = (deployed: Deployed, account: Account): Fault => ({
  title: "an undeclared route",
  checks: ["routes", "deployment"],
  finding:
    /GET \/backdoor is in no policy file, and is open to everyone .*declare it in policies\/api\.yaml, or remove it/,
  async plant() {
    const { apiGateway } = account;
    const restApiId = deployed.outputs.api_id;
    const parentId = await findResource(account, restApiId, "/");
    const { id: resourceId } = await apiGateway.send(
      new CreateResourceCommand({ restApiId, parentId, pathPart: "backdoor" }),
    );
    const method = { restApiId, resourceId, httpMethod: "GET", authorizationType: "NONE" };
    await apiGateway.send(new PutMethodCommand(method));
    return () => apiGateway.send(new DeleteResourceCommand({ restApiId, resourceId }));
  },
});

function withoutPreflight(deployed: Deployed, account: Account): Fault {
  const preflight = listOperations(deployed.body).find(({ method }) => method === "OPTIONS");
  if (preflight === undefined) throw new Error("The API has no preflight");
  return {
    title: "a path without preflight",
    checks: ["preflight", "deployment"],
    finding: new RegExp(`not found: OPTIONS ${escapeRegExp(preflight.path)}`),
    async plant() {
      const restApiId = deployed.outputs.api_id;
      const resourceId = await findResource(account, restApiId, preflight.path);
      await account.apiGateway.send(
        new DeleteMethodCommand({ restApiId, resourceId, httpMethod: "OPTIONS" }),
      );
      return () => putMethod(account, restApiId, { ...preflight, authorizerId: undefined });
    },
  };
}
