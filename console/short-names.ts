// Names that the script uses hundreds of times. The build replaces each by one of these exports, whose names it can
// minify, which saves 2 kB. No module may declare one of these names itself.
export { Fragment, h } from "preact";
/** A variable, because the build would write out the value of a constant. */
export let shortUndefined: undefined;
export const { entries: shortEntries, fromEntries: shortFromEntries } = Object;
export const { stringify: shortStringify } = JSON;
