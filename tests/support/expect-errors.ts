import { expect } from "vitest";
import type { AuthenticationErrorCode, InternalErrorCode } from "../../core/model/errors.ts";

/** Asserts that an attempt fails with a 401 of this code and message. */
export async function expectAuthenticationError(
  attempt: Promise<unknown>,
  code: AuthenticationErrorCode,
  message: string | RegExp,
): Promise<void> {
  await expect(attempt).rejects.toMatchObject({
    name: "AuthenticationError",
    code,
    message: expect.stringMatching(message),
  });
}

/** Asserts that an attempt fails with a 500 of this code and message. */
export async function expectInternalError(
  attempt: Promise<unknown>,
  code: InternalErrorCode,
  message: string | RegExp,
): Promise<void> {
  await expect(attempt).rejects.toMatchObject({
    name: "InternalError",
    code,
    message: expect.stringMatching(message),
  });
}
