import * as z from "zod";
import { tenantSchema } from "../../core/policy-files/model/schemas.ts";
import { membershipInput, revocationInput, tenantInput } from "../../runtime/table/input.ts";

const { changes, never, roles, clients } = tenantSchema.shape;

/** A tenant's rules are checked by the reader of tenants' files, so their form is that of the files. */
const tenant = tenantInput.extend({
  changes: changes.nullish(),
  never: never.nullish(),
  roles: roles.nullish(),
  clients: clients.nullish(),
});

/**
 * Returns the JSON Schema of a line of an import, in draft 7, for programs that write such files. Its id stays the same
 * in every version.
 */
export function lineSchema(): Readonly<Record<string, unknown>> {
  const line = z.union([
    z.strictObject({ tenant }),
    z.strictObject({ membership: membershipInput }),
    z.strictObject({ revocation: revocationInput }),
  ]);
  const { $schema, ...body } = z.toJSONSchema(line, { io: "input", target: "draft-7" });
  return {
    ...{ $schema, $id: "urn:portcullis:schema:import", title: "A line of npx portcullis import" },
    ...body,
  };
}
