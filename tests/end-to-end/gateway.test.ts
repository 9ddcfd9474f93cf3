import { startGateway } from "./front-gateway.ts";
import { describeFront } from "./suite.ts";

describeFront("the local gateway", startGateway, { verifies: true });
