import type { Deployed } from "../deployed.ts";
import type { Account } from "../support/account.ts";
import { authorizerFaults } from "./authorizer-faults.ts";
import type { Fault } from "./fault.ts";
import { functionFaults } from "./function-faults.ts";
import { responseFaults } from "./response-faults.ts";
import { routeFaults } from "./route-faults.ts";
import { stageFaults } from "./stage-faults.ts";
import { tableFaults } from "./table-faults.ts";

/** Lists the faults that are planted in a sound deployment, one after the other. */
export const listFaults = (deployed: Deployed, account: Account): readonly Fault[] =>
  [authorizerFaults, routeFaults, responseFaults, stageFaults, functionFaults, tableFaults].flatMap(
    (faults) => faults(deployed, account),
  );
