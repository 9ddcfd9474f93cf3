import type { BasePreTokenGenerationV2TriggerEvent } from "aws-lambda";

/** The name of the user's attribute, and of the token's claim, that contain the tenant. */
export const TENANT_CLAIM = "custom:tenant";
/**
 * The name of the access token's claim that contains the roles, separated by spaces. Machines have no `cognito:groups`,
 * and AWS does not say whether a trigger can set that claim for them.
 */
const ROLES_CLAIM = "custom:roles";

/**
 * Returns the event with the response that Cognito reads: tenant and roles as claims of the access token, and for a
 * user the roles in addition to the pool's groups. ID tokens contain the user's attribute without it. The group
 * configuration is returned complete, because Cognito removes what the response omits.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
 */
export function withClaims(event: TokenEvent, tenant: string, roles: readonly string[]): TokenEvent {
  const configuration = event.request.groupConfiguration ?? {};
  const groups = [...new Set([...(configuration.groupsToOverride ?? []), ...roles])].sort();
  const claims = {
    [TENANT_CLAIM]: tenant,
    // A name with a space would count as two.
    [ROLES_CLAIM]: groups.filter((name) => !/\s/.test(name)).join(" "),
  };
  return {
    ...event,
    response: {
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: { claimsToAddOrOverride: claims },
        ...(!isMachine(event) && {
          groupOverrideDetails: { ...configuration, groupsToOverride: groups },
        }),
      },
    },
  };
}

/** Returns whether the token is for a program that signed in with its own secret. Cognito itself writes the source. */
export const isMachine = ({ triggerSource }: TokenEvent): boolean =>
  triggerSource === "TokenGeneration_ClientCredentials";

/** Cognito's event before it signs tokens. Version 3 is also sent for the tokens of machines. */
export type TokenEvent = BasePreTokenGenerationV2TriggerEvent<string>;
