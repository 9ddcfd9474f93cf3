import type { TokenEvent } from "../../lambdas/token-trigger/with-claims.ts";

/** The attributes of a Cognito user that its trigger gets. */
export interface CognitoUser {
  readonly sub: string;
  readonly tenant?: string;
  readonly groups?: readonly string[];
}

/**
 * Builds the event of the pre-token-generation trigger, version 2, as AWS documents it.
 * docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
 */
export function tokenEvent(user: CognitoUser, changes: Partial<TokenEvent> = {}): TokenEvent {
  return {
    version: "2",
    triggerSource: "TokenGeneration_Authentication",
    region: "eu-central-1",
    userPoolId: "eu-central-1_EXAMPLE12",
    userName: user.sub,
    callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: "1example23456789" },
    request: {
      userAttributes: {
        sub: user.sub,
        "cognito:user_status": "CONFIRMED",
        email_verified: "true",
        email: "ann@acme.example",
        ...(user.tenant !== undefined && { "custom:tenant": user.tenant }),
      },
      groupConfiguration: {
        groupsToOverride: [...(user.groups ?? [])],
        iamRolesToOverride: [],
      },
      scopes: ["aws.cognito.signin.user.admin"],
    },
    response: { claimsAndScopeOverrideDetails: null as never },
    ...changes,
  };
}

/**
 * Builds the event of an app client with client credentials, which only version 3 of the event supports.
 *
 * @param metadata what the client sends as `aws_client_metadata`
 */
export const machineEvent = (metadata: Readonly<Record<string, string>> = {}): TokenEvent =>
  tokenEvent(
    { sub: "" },
    {
      version: "3",
      triggerSource: "TokenGeneration_ClientCredentials",
      userName: "1example23456789",
      request: {
        userAttributes: {},
        groupConfiguration: {},
        scopes: ["notes/read"],
        clientMetadata: { ...metadata },
      },
    },
  );

/** Returns the claims of the access token that Cognito issues after the trigger's response. */
export function accessClaims({ request, response }: TokenEvent): Record<string, unknown> {
  const { accessTokenGeneration, groupOverrideDetails } =
    (response.claimsAndScopeOverrideDetails as
      | TokenEvent["response"]["claimsAndScopeOverrideDetails"]
      | null) ?? {};
  const groups = (groupOverrideDetails ?? request.groupConfiguration).groupsToOverride ?? [];
  const scopes = [...(request.scopes ?? []), ...(accessTokenGeneration?.scopesToAdd ?? [])];
  return {
    scope: scopes.filter((scope) => !accessTokenGeneration?.scopesToSuppress?.includes(scope)).join(" "),
    ...(groups.length > 0 && { "cognito:groups": groups }),
    ...accessTokenGeneration?.claimsToAddOrOverride,
  };
}
