/** Who is calling, as the authorizer verified it. */
export interface RequestCaller {
    /** The token's subject. */
    readonly userId: string;
    readonly tenantId: string;
    /** The caller's roles in this tenant, sorted. */
    readonly roles: readonly string[];
    /** Null where no plans are kept. */
    readonly plan: string | null;
    readonly scopes: readonly string[];
    /** The trusted issuer's name in `policies/issuers.yaml`. */
    readonly issuer: string;
    /** The token's `jti`; null where it has none. */
    readonly tokenId: string | null;
    /** One of the provider's own people, at work in a customer's tenant; null for everybody else. */
    readonly actor: string | null;
    /** Names the state of the permissions that decided. */
    readonly policyVersion: string;
    /** The client's `X-Correlation-Id`; null where it sent none of a valid shape, and wherever answers are cached. */
    readonly correlationId: string | null;
    /** Claims that the issuer passes on, by their key. */
    readonly claims: Readonly<Record<string, string>>;
}
/**
 * The part of an API Gateway proxy event that is read; of `@types/aws-lambda` `APIGatewayProxyEvent` fits, and for
 * HTTP APIs, payload format 2.0, `APIGatewayProxyEventV2WithLambdaAuthorizer`.
 */
export interface EventWithAuthorizer {
    readonly requestContext: {
        readonly authorizer?: object | null | undefined;
    };
}
/** The event did not come through the authorizer, or another one wrote its context. Answer it with 500, never with data. */
export declare class MissingCallerError extends Error {
    readonly code = "caller_missing";
    constructor(message: string);
}
/**
 * Reads the caller from a Lambda proxy event of a REST API, or of an HTTP API in payload format 2.0.
 *
 * @throws MissingCallerError where the authorizer's context is missing or not as it writes it
 */
export declare function readCaller(event: EventWithAuthorizer): RequestCaller;
