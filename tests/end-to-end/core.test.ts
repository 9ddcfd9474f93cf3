import { describeTarget } from "./suite.ts";
import { startCore } from "./target-core.ts";

describeTarget("the core", startCore, { verifies: false });
