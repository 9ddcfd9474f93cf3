import { type Check, given, note, warning } from "../check.ts";
import { deployAgain } from "../fixes.ts";

/** The attribute that Terraform names; see modules/permissions. */
const TTL_ATTRIBUTE = "expiresAt";

export const tableProtection: Check = {
  name: "table-protection",
  claim: "the table removes what has ended, and how it is protected is told",
  find: ({ table, target }) =>
    given(table, ({ ttlAttribute, deletionProtection, pointInTimeRecovery }) => [
      ...(ttlAttribute === TTL_ATTRIBUTE
        ? []
        : [
            warning(
              `DynamoDB removes items by ${ttlAttribute ?? "nothing"}, and should by ${TTL_ATTRIBUTE}: revocations that have ended stay`,
              deployAgain(target),
            ),
          ]),
      ...(deletionProtection ? [] : [note("deletion protection is off (permissions.deletion_protection)")]),
      ...(pointInTimeRecovery
        ? []
        : [note("point-in-time recovery is off (permissions.point_in_time_recovery)")]),
    ]),
};
