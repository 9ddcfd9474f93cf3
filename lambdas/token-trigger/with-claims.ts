import type { BasePreTokenGenerationV2TriggerEvent } from "aws-lambda";

/** The user's attribute and the token's claim that name the tenant. */
export const TENANT_CLAIM = "custom:tenant";

/**
 * The event with the answer that Cognito reads. ID tokens have the attribute by themselves, access tokens do not.
 * Roles add up: groups of the pool stay. The group configuration is returned whole, since Cognito takes what the
 * answer leaves out of it for taken away.
 * docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
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

/** What Cognito tells of tokens that it is about to sign. Version 3 differs in being told of machines too. */
export type TokenEvent = BasePreTokenGenerationV2TriggerEvent<string>;
