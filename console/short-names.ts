// What stands in the script hundreds of times, under names that the build makes as short as can be: 2 kB less. The
// build writes them in place of the long ones, so no module may have a name like them.
export { Fragment, h } from "preact";
/** Not a constant: the build would write out its value. */
export let shortUndefined: undefined;
export const { entries: shortEntries, fromEntries: shortFromEntries } = Object;
export const { stringify: shortStringify } = JSON;
