import { describeTarget } from "./suite.ts";
import { startGateway } from "./target-gateway.ts";

describeTarget("the local gateway", startGateway, { verifies: true });
