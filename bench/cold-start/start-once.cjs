// A process that starts as Lambda's does: loads an authorizer, hands it one event, and tells on descriptor 3 what it
// took of the processor until the answer was there. Without an authorizer: what Node itself takes.
const { readFileSync, writeSync } = require("node:fs");

const [, , bundle, event] = process.argv;

async function answer() {
  const { handler } = bundle.endsWith(".mjs") ? await import(bundle) : require(bundle);
  const { policyDocument } = await handler(JSON.parse(readFileSync(event, "utf8")));
  if (policyDocument.Statement[0].Effect !== "Allow") throw new Error("The caller was refused");
}

(bundle === undefined ? Promise.resolve() : answer()).then(
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
