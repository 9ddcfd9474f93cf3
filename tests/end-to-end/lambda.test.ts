import { describeTarget } from "./suite.ts";
import { startLambda } from "./target-lambda.ts";

describeTarget("the bundled authorizer", startLambda, { verifies: true });
