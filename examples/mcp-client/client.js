import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

// Connects to a URL as an agent does that knows nothing else of the API, and prints where its user has to log in.

const [url = "http://127.0.0.1:3000/documents", clientId = "quill-assistant"] = process.argv.slice(2);
const callback = "http://127.0.0.1:8976/callback";

/** @type {import("@modelcontextprotocol/sdk/client/auth.js").OAuthClientProvider} */
const login = {
  redirectUrl: callback,
  clientMetadata: { redirect_uris: [callback] },
  clientInformation: () => ({ client_id: clientId }),
  tokens: () => undefined,
  saveTokens: () => undefined,
  saveCodeVerifier: () => undefined,
  codeVerifier: () => "",
  saveDiscoveryState: ({ resourceMetadataUrl, authorizationServerUrl }) => {
    console.log(`metadata  ${resourceMetadataUrl ?? "at its path, because the 401 names none"}`);
    console.log(`issuer    ${authorizationServerUrl}`);
  },
  redirectToAuthorization: (page) => console.log(`log in at ${page}`),
};

const client = new Client({ name: "portcullis-example", version: "0.0.0" });
try {
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { authProvider: login }));
} catch (error) {
  // The SDK throws this after it has sent the user to the login page.
  if (error?.constructor?.name !== "UnauthorizedError") throw error;
}
