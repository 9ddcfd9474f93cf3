import { expect } from "vitest";
import type { AuthenticationErrorCode, InternalErrorCode } from "../../core/model/errors.ts";

/** Asserts a 401's code and message. */
export async function refused(
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

/** Asserts a 500's code and message. */
export async function unavailable(
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
