import { LOCAL_AUDIENCE } from "../../../../local/identity-provider/identity-provider.ts";
import type { Workspace } from "./workspace.ts";

/** A deployed environment. It can be destroyed even if `check` fails. */
export interface Environment {
  check(): Promise<void>;
  destroy(): Promise<void>;
}

export const VALUES = "test.tfvars.json";

/** Writes the second file of values: the environment's issuers and backends, and other inputs. */
export function writeValues(
  workspace: Pick<Workspace, "write">,
  environment: string,
  backends: Readonly<Record<string, object>>,
  others: Readonly<Record<string, object | boolean>> = {},
): void {
  const audiences = [LOCAL_AUDIENCE];
  const issuers = {
    main: { url: `https://login.${environment}.quill.example/`, audiences },
    "acme-okta": {
      url: "https://acme.okta.example/oauth2/default",
      jwks_uri: "https://acme.okta.example/oauth2/default/v1/keys",
      audiences,
    },
  };
  workspace.write(VALUES, JSON.stringify({ issuers, backends, ...others }));
}
