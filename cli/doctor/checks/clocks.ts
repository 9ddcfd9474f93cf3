import { type Check, error, given, note, warning } from "../check.ts";
import type { IssuerReading } from "../state.ts";

export const clocks: Check = {
  name: "clocks",
  claim: "AWS's clock, the issuers' and this machine's agree within the tolerance",
  find: (state) =>
    given(state.config, ({ trust: { clockToleranceSeconds: tolerance } }) =>
      given(state.awsClock, (aws) => [
        ...(Math.abs(aws) > tolerance
          ? [
              warning(
                `this machine's clock is ${apart(-aws)} AWS's; tokens that it makes or judges are wrong by that`,
                "set this machine's clock by NTP (timedatectl set-ntp true)",
              ),
            ]
          : []),
        ...given(state.issuers, (issuers) => issuers.flatMap((issuer) => clockOf(issuer, aws, tolerance))),
      ]),
    ),
};

/** Lambda has AWS's clock, so what counts is how far an issuer's is from that. */
function clockOf({ issuer, clock, keys }: IssuerReading, aws: number, tolerance: number) {
  if (clock === undefined)
    return "value" in keys ? [note(`${issuer.name} does not tell the time: its answer has no Date`)] : [];
  const ahead = clock - aws;
  if (Math.abs(ahead) <= tolerance) return [];
  return [
    error(
      `${issuer.name}: its clock is ${apart(ahead)} AWS's, and ${tolerance} s are tolerated: its tokens are ${ahead > 0 ? "not valid yet" : "expired early"}`,
      `have the issuer's clock set, or raise authorizer.clock_tolerance_seconds in the .tfvars above ${Math.ceil(Math.abs(ahead))}`,
    ),
  ];
}

const apart = (seconds: number): string =>
  `${Math.abs(seconds).toFixed(1)} s ${seconds > 0 ? "ahead of" : "behind"}`;
