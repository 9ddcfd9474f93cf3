/** What the build inserts for JSX, so that no module imports it. */
export { Fragment, h } from "preact";
