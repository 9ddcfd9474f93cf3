import { type Check, error, examineRead, unchecked, warning } from "../check.ts";
import type { IssuerReading } from "../state.ts";

export const clocks: Check = {
  name: "clocks",
  claim: "the clocks of AWS, the issuers and this machine agree within the tolerance",
  find: (state) =>
    examineRead(state.config, ({ trust: { clockToleranceSeconds: tolerance } }) =>
      examineRead(state.awsClock, (aws) => [
        ...(Math.abs(aws) > tolerance
          ? [
              warning(
                `this machine's clock is ${difference(-aws)} AWS's; the times of tokens that it issues or checks are wrong by that much`,
                "set this machine's clock by NTP (timedatectl set-ntp true)",
              ),
            ]
          : []),
        ...examineRead(state.issuers, (issuers) =>
          issuers.flatMap((issuer) => compareClock(issuer, aws, tolerance)),
        ),
      ]),
    ),
};

/** Lambda uses AWS's clock, so an issuer's clock is compared with AWS's. */
function compareClock({ issuer, clock }: IssuerReading, aws: number, tolerance: number) {
  if (clock === undefined)
    return [unchecked(`${issuer.name}: its clock is not known, because no response with a Date header came`)];
  const ahead = clock - aws;
  if (Math.abs(ahead) <= tolerance) return [];
  return [
    error(
      `${issuer.name}: its clock is ${difference(ahead)} AWS's, but the tolerance is ${tolerance} s: its tokens ${ahead > 0 ? "are not valid yet" : "expire too early"}`,
      `have the issuer's clock set, or raise authorizer.clock_tolerance_seconds in the .tfvars above ${Math.ceil(Math.abs(ahead))}`,
    ),
  ];
}

const difference = (seconds: number): string =>
  `${Math.abs(seconds).toFixed(1)} s ${seconds > 0 ? "ahead of" : "behind"}`;
