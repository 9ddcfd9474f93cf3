import { Sha256 as SdkSha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { expect, it } from "vitest";
import { Sha256 } from "../../../runtime/table/sha256.ts";

it.each([[undefined], ["secret"], [new Uint8Array([1, 2, 255])]])(
  "is the SDK's own, with the secret %s",
  async (secret) => {
    const [ours, theirs] = [new Sha256(secret), new SdkSha256(secret)];
    for (const hash of [ours, theirs])
      for (const chunk of ["", "ä", "x".repeat(200)]) hash.update(Buffer.from(chunk));
    expect(Buffer.from(await ours.digest())).toEqual(Buffer.from(await theirs.digest()));
  },
);

it("signs a request like the SDK's own", async () => {
  const signWith = async (sha256: typeof Sha256 | typeof SdkSha256) => {
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "key", sessionToken: "token" };
    const signer = new SignatureV4({ service: "dynamodb", region: "eu-central-1", credentials, sha256 });
    const request = {
      method: "POST",
      protocol: "https:",
      hostname: "example.com",
      path: "/",
      headers: { host: "example.com" },
      query: {},
      body: "{}",
    };
    return signer.sign(request, { signingDate: new Date(0) });
  };
  const [ours, theirs] = [await signWith(Sha256), await signWith(SdkSha256)];
  expect(ours.headers).toEqual(theirs.headers);
  expect(ours.headers["authorization"]).toMatch(/Signature=[0-9a-f]{64}$/);
});
