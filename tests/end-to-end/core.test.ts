import { startCore } from "./front-core.ts";
import { describeFront } from "./suite.ts";

describeFront("the core", startCore, { verifies: false });
