// A process that starts as Lambda's does: it loads an authorizer, passes it one event, and writes to file descriptor 3
// the CPU time in ms until the response. Without an authorizer, that is the CPU time of Node itself.
const { readFileSync, writeSync } = require("node:fs");

const [, , bundle, event] = process.argv;

async function respond() {
  const { handler } = bundle.endsWith(".mjs") ? await import(bundle) : require(bundle);
  const { policyDocument } = await handler(JSON.parse(readFileSync(event, "utf8")));
  if (policyDocument.Statement[0].Effect !== "Allow")
    throw new Error("The authorizer denied the request, but the sample allows it");
}

(bundle === undefined ? Promise.resolve() : respond()).then(
  () => {
    const { user, system } = process.cpuUsage();
    writeSync(3, String((user + system) / 1_000));
    process.exit(0);
  },
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
