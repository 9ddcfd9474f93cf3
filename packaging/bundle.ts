import { zipSync } from "fflate";
import type { AccessSettings } from "../core/model/access-settings.ts";
import type { LayoutData } from "../core/model/layout.ts";
import { lambdaFiles } from "./outputs.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * Creates a zip whose bytes depend only on the names and contents of the files. The time is a local one on purpose,
 * because zip files store no time zone, so the bytes are the same in every zone.
 */
const reproducibleZip = (files: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  zipSync(files, { mtime: new Date(1980, 0, 1), level: 9, os: 3, attrs: 0o644 << 16 });

/**
 * Creates the authorizer's zip: its code, and `layout.json` with the layouts of the API.
 *
 * @param access the settings of the access route, if the API has one
 */
export async function authorizerZip(
  layouts: Readonly<Record<string, LayoutData>>,
  access?: AccessSettings,
): Promise<Uint8Array> {
  return authorizerZipWith(utf8(JSON.stringify({ layouts, access })));
}

/** Creates the authorizer's zip with the content of `layout.json`. */
export async function authorizerZipWith(layout: Uint8Array): Promise<Uint8Array> {
  return reproducibleZip({ ...(await lambdaFiles("authorizer")), "layout.json": layout });
}

/** Creates the sample backend's zip. */
export async function sampleBackendZip(): Promise<Uint8Array> {
  return reproducibleZip(await lambdaFiles("sample-backend"));
}

/** Creates the zip of the function that returns an HTTP API's metadata document. */
export async function resourceMetadataZip(): Promise<Uint8Array> {
  return reproducibleZip(await lambdaFiles("resource-metadata"));
}

/** Creates the zip of the Cognito trigger. */
export async function tokenClaimsZip(): Promise<Uint8Array> {
  return reproducibleZip(await lambdaFiles("token-trigger"));
}

/** Creates the zip of the function that exports the history. */
export async function historyExportZip(): Promise<Uint8Array> {
  return reproducibleZip(await lambdaFiles("history-export"));
}

/** Creates the zip of the functions that `verify-aws` deploys. */
export async function verifyAwsZip(): Promise<Uint8Array> {
  return reproducibleZip(await lambdaFiles("verify-aws"));
}
