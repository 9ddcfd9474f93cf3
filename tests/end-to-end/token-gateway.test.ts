import { describeTarget } from "./suite.ts";
import { startTokenGateway } from "./target-gateway.ts";

describeTarget("the local gateway, authorizer of type TOKEN", startTokenGateway, {
  verifies: true,
  modes: ["off"],
});
