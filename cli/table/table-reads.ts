/** Loads what reads a table. It needs the AWS SDK, which a verb loads only if `--table` names a table. */
export async function loadTableReads() {
  const [
    { withTable },
    { readCallerItems, rejectTenantsInBoth },
    { readItemsAt, readRunTimeItems, readSwitches },
  ] = await Promise.all([
    import("../publish/run-publish.ts"),
    import("./read-caller.ts"),
    import("./run-time-items.ts"),
  ]);
  return { withTable, readCallerItems, rejectTenantsInBoth, readItemsAt, readRunTimeItems, readSwitches };
}
