// What every .tsx becomes calls of; the build gives it to each.
export { Fragment, h } from "preact";
