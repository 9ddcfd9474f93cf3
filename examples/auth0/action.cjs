/**
 * Writes the user's roles in the organization of this login into the access token: a post-login Action for Auth0.
 * Without an organization there is no tenant, and so there are no roles.
 *
 * @param {{ organization?: { id: string }, authorization?: { roles: string[] } }} event
 * @param {{ accessToken: { setCustomClaim(name: string, value: unknown): void } }} api
 */
exports.onExecutePostLogin = async (event, api) => {
  if (event.organization === undefined) return;
  api.accessToken.setCustomClaim("https://notes.example/roles", event.authorization?.roles ?? []);
};
