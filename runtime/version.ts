/** The version of the package. A test compares it with `package.json`, which the bundle does not contain. */
export const VERSION = "0.2.0";
