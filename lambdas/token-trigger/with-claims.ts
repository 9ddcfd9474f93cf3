import type { BasePreTokenGenerationV2TriggerEvent } from "aws-lambda";

/** The name of the user's attribute, and of the token's claim, that contain the tenant. */
export const TENANT_CLAIM = "custom:tenant";

/**
 * Returns the event with the response that Cognito reads: the tenant as a claim of the access token, and the roles in
 * addition to the pool's groups. ID tokens contain the user's attribute without it. The group configuration is returned
 * complete, because Cognito removes what the response omits.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
 */
export function withClaims(event: TokenEvent, tenant: string, roles: readonly string[]): TokenEvent {
  const configuration = event.request.groupConfiguration ?? {};
  const groups = new Set([...(configuration.groupsToOverride ?? []), ...roles]);
  return {
    ...event,
    response: {
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: { claimsToAddOrOverride: { [TENANT_CLAIM]: tenant } },
        groupOverrideDetails: { ...configuration, groupsToOverride: [...groups].sort() },
      },
    },
  };
}

/** Cognito's event before it signs tokens. Version 3 is also sent for the tokens of machines. */
export type TokenEvent = BasePreTokenGenerationV2TriggerEvent<string>;
