/**
 * Stands in for `@aws-sdk/endpoint-cache` in the bundle, 8 kB: the client is told not to discover endpoints, so it
 * makes a cache and never uses it.
 */
export class EndpointCache {
  readonly size = 0;
}
