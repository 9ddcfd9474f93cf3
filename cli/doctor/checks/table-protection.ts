import { type Check, examineRead, note, warning } from "../check.ts";
import { deployAgain } from "../fixes.ts";

/** The TTL attribute that modules/permissions sets. */
const TTL_ATTRIBUTE = "expiresAt";

export const tableProtection: Check = {
  name: "table-protection",
  claim: "the table removes expired items; notes say which protection is off",
  find: ({ table, target }) =>
    examineRead(table, ({ ttlAttribute, deletionProtection, pointInTimeRecovery }) => [
      ...(ttlAttribute === TTL_ATTRIBUTE
        ? []
        : [
            warning(
              `the table's TTL attribute is ${ttlAttribute ?? "missing"}, but should be ${TTL_ATTRIBUTE}: expired revocations are not removed`,
              deployAgain(target),
            ),
          ]),
      ...(deletionProtection ? [] : [note("deletion protection is off (permissions.deletion_protection)")]),
      ...(pointInTimeRecovery
        ? []
        : [note("point-in-time recovery is off (permissions.point_in_time_recovery)")]),
    ]),
};
