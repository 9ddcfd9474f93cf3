import type { Deployed } from "../deployed.ts";
import type { Account } from "../support/account.ts";
import { answerFaults } from "./answer-faults.ts";
import { authorizerFaults } from "./authorizer-faults.ts";
import type { Fault } from "./fault.ts";
import { functionFaults } from "./function-faults.ts";
import { routeFaults } from "./route-faults.ts";
import { stageFaults } from "./stage-faults.ts";
import { tableFaults } from "./table-faults.ts";

/** Each is planted in a sound deployment. */
export const faultsIn = (deployed: Deployed, account: Account): readonly Fault[] =>
  [authorizerFaults, routeFaults, answerFaults, stageFaults, functionFaults, tableFaults].flatMap((faults) =>
    faults(deployed, account),
  );
