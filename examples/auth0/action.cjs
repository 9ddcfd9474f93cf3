/**
 * A post-login Action for Auth0: writes the roles that somebody has in the organization of this login into the
 * access token. Without an organization there is no tenant, and so no roles either.
 *
 * @param {{ organization?: { id: string }, authorization?: { roles: string[] } }} event
 * @param {{ accessToken: { setCustomClaim(name: string, value: unknown): void } }} api
 */
exports.onExecutePostLogin = async (event, api) => {
  if (event.organization === undefined) return;
  api.accessToken.setCustomClaim("https://notes.example/roles", event.authorization?.roles ?? []);
};
