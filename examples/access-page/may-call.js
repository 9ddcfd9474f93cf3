// @ts-check

/**
 * @typedef {{ method: string, path: string, where?: Record<string, string>[] }} AccessRoute
 * @typedef {{ routes: AccessRoute[] }} Access
 */

/**
 * Returns whether the caller may call a route with these values of its parameters.
 *
 * @param {Access} access the body of GET /access
 * @param {string} method
 * @param {string} path the path template, as the API declares it: /orders/{orderId}
 * @param {Record<string, string>} [values]
 */
export function mayCall(access, method, path, values = {}) {
  const route = access.routes.find((one) => one.method === method && one.path === path);
  if (route === undefined) return false;
  const { where } = route;
  return where === undefined || where.some((needed) => satisfies(needed, values));
}

/**
 * @param {Record<string, string>} needed
 * @param {Record<string, string>} values
 */
const satisfies = (needed, values) => Object.entries(needed).every(([name, value]) => values[name] === value);

/**
 * Returns what a button calls: its data-call, such as "PUT /users/{userId}/address", with its data-values as JSON.
 *
 * @param {{ call?: string | undefined, values?: string | undefined }} data the button's dataset
 */
export function readCall({ call = "", values = "{}" }) {
  const [method = "", path = ""] = call.split(" ");
  return { method, path, values: /** @type {Record<string, string>} */ (JSON.parse(values)) };
}
