import { startTokenGateway } from "./front-gateway.ts";
import { describeFront } from "./suite.ts";

describeFront("the local gateway, authorizer of type TOKEN", startTokenGateway, {
  verifies: true,
  modes: ["off"],
});
