/** The event did not come through the authorizer, or another one wrote its context. Answer it with 500, never with data. */
export class MissingCallerError extends Error {
    code = "caller_missing";
    constructor(message) {
        super(message);
        this.name = "MissingCallerError";
    }
}
const OWN_KEYS = [
    "userId",
    "tenantId",
    "roles",
    "plan",
    "scopes",
    "issuer",
    "tokenId",
    "actor",
    "policyVersion",
    "correlationId",
    "group",
    "reason",
    "principalId",
    "integrationLatency",
];
/** API Gateway's own, which a Lambda authorizer cannot write: where it stands, a Cognito authorizer wrote it. */
const FOREIGN_KEY = "claims";
const REQUIRED = ["userId", "tenantId", "roles", "issuer", "policyVersion"];
/**
 * Reads the caller from a Lambda proxy event of a REST API, or of an HTTP API in payload format 2.0.
 *
 * @throws MissingCallerError where the authorizer's context is missing or not as it writes it
 */
export function readCaller(event) {
    const context = contextOf(event);
    if (Object.hasOwn(context, FOREIGN_KEY))
        throw new MissingCallerError(`The authorizer's context has ${FOREIGN_KEY}: it is not Portcullis'`);
    const value = (key) => Object.hasOwn(context, key) ? decode(key, context[key]) : undefined;
    const required = Object.fromEntries(REQUIRED.map((key) => [key, present(key, value(key))]));
    const claimKeys = Object.keys(context).filter((key) => !OWN_KEYS.includes(key));
    return {
        userId: required.userId,
        tenantId: required.tenantId,
        roles: roleNames(required.roles),
        plan: value("plan") ?? null,
        scopes: value("scopes")?.split(" ") ?? [],
        issuer: required.issuer,
        tokenId: value("tokenId") ?? null,
        actor: value("actor") ?? null,
        policyVersion: required.policyVersion,
        correlationId: value("correlationId") ?? null,
        claims: Object.fromEntries(claimKeys.map((key) => [key, value(key) ?? ""])),
    };
}
/** An HTTP API has the context under `lambda`, and nothing of it beside; a REST API has it as it is. */
function contextOf(event) {
    const authorizer = event.requestContext?.authorizer;
    if (typeof authorizer !== "object" || authorizer === null)
        throw new MissingCallerError("The event has no authorizer context: the route has no authorizer, or the event is not API Gateway's");
    const nested = Object.hasOwn(authorizer, "lambda") ? authorizer["lambda"] : undefined;
    if (typeof nested !== "object" || nested === null)
        return authorizer;
    if (REQUIRED.some((key) => Object.hasOwn(authorizer, key)))
        throw new MissingCallerError("The event has two authorizer contexts: it is not API Gateway's");
    return nested;
}
function present(key, value) {
    if (value === undefined || value === "")
        throw new MissingCallerError(`The authorizer's context has no ${key}: it is not Portcullis'`);
    return value;
}
function roleNames(text) {
    const names = text.split(",");
    if (names.includes("") || new Set(names).size < names.length)
        throw new MissingCallerError("The authorizer's context has roles that are empty or stand there twice: it is not Portcullis'");
    return names;
}
/** The authorizer percent-encodes what is not printable ASCII, and `%`. */
function decode(key, value) {
    if (typeof value !== "string")
        throw new MissingCallerError(`The authorizer's context has a ${key} that is no text: it is not Portcullis'`);
    const text = /^[ -~]*$/.test(value) ? decoded(value) : undefined;
    if (text === undefined)
        throw new MissingCallerError(`The authorizer's context has a ${key} that is not percent-encoded text: it is not Portcullis'`);
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
