import { MissingCallerError } from "./index.js";
/** What stands there on public routes, of which nobody is the caller. */
const NOBODY = "-";
/**
 * Reads the caller from the headers `X-Tenant-Id`, `X-User-Id` and `X-Roles` of a request.
 *
 * Safe only where nothing but API Gateway can reach the backend: whoever else can, can write these headers.
 *
 * Refused are headers that are missing, empty, sent twice or not encoded as Portcullis encodes them; one with `_`
 * for `-` that says something else; and `-`, by which API Gateway says that the route is public. In
 * `headersDistinct` a value may have commas; elsewhere they are what joins headers that were sent twice.
 *
 * @throws MissingCallerError answer it with 500, never with data
 */
export function readCallerFromHeaders(headers) {
    const sent = valuesByName(headers);
    return {
        tenantId: unjoined("X-Tenant-Id", sent),
        userId: unjoined("X-User-Id", sent),
        roles: roleNames(only("X-Roles", sent).value),
    };
}
/** All values, by the name in lower case and with `-` for `_`, as CGI, WSGI, Rack and PHP take names for one. */
function valuesByName(headers) {
    const byName = new Map();
    for (const [name, values] of pairsOf(headers))
        for (const value of [values].flat()) {
            const lower = name.toLowerCase();
            const folded = lower.replaceAll("_", "-");
            const named = { name: lower, value, distinct: typeof values !== "string" };
            byName.set(folded, [...(byName.get(folded) ?? []), named]);
        }
    return byName;
}
function pairsOf(headers) {
    if (isIterable(headers))
        return [...headers];
    return Object.entries(headers).flatMap(([name, values]) => values === undefined ? [] : [[name, values]]);
}
const isIterable = (headers) => Symbol.iterator in headers;
function only(name, sent) {
    const lower = name.toLowerCase();
    const values = sent.get(lower) ?? [];
    const [own, ...more] = values.filter((one) => one.name === lower);
    if (own === undefined)
        throw refused(`The request has no ${name}: it did not come through API Gateway`);
    if (more.length > 0)
        throw refused(`The request has ${name} twice: it did not come through API Gateway`);
    if (values.some(({ value }) => value !== own.value))
        throw refused(`The request has another ${name}, spelled with "_": it did not come through API Gateway`);
    if (own.value === NOBODY)
        throw refused(`The request has "-" for ${name}: its route is public`);
    return { ...own, value: decode(name, own.value) };
}
function unjoined(name, sent) {
    const { value, distinct } = only(name, sent);
    if (!distinct && value.includes(","))
        throw refused(`The request has ${name} with a comma, as if it were there twice: hand over request.headersDistinct, which can tell`);
    return value;
}
function roleNames(text) {
    const names = text.split(",");
    if (names.some((name) => !/^[A-Za-z0-9._-]+$/.test(name)) || new Set(names).size < names.length)
        throw refused("The request has X-Roles that are not the names of roles, each once: they are not Portcullis'");
    return names;
}
function decode(name, value) {
    const text = /^[ -~]+$/.test(value) ? decoded(value) : undefined;
    if (text === undefined)
        throw refused(`The request has an ${name} that is not percent-encoded text: it is not Portcullis'`);
    return text;
}
function decoded(value) {
    try {
        return decodeURIComponent(value);
    }
    catch {
        return undefined;
    }
}
const refused = (message) => new MissingCallerError(message);
