import { startLambda } from "./front-lambda.ts";
import { describeFront } from "./suite.ts";

describeFront("the bundled authorizer", startLambda, { verifies: true });
