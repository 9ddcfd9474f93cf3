/** Stands in for `@aws-sdk/credential-provider-node` in the bundle: our credentials are always given. */
export function defaultProvider(): () => Promise<never> {
  return () => Promise.reject(new Error("The authorizer's credentials come from its environment alone"));
}
