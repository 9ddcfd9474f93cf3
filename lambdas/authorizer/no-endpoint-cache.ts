/** Stands in for `@aws-sdk/endpoint-cache` in the bundle: the client makes one, and only endpoint discovery uses it. */
export class EndpointCache {}
