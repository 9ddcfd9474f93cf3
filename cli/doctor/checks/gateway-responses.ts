import type { ResponseShape } from "../api-shape.ts";
import { type Check, error, examineRead, joinNames } from "../check.ts";
import { importAgain } from "../fixes.ts";

export const gatewayResponses: Check = {
  name: "gateway-responses",
  claim: "API Gateway's own responses have our error body and headers",
  theirsIfAdopted: true,
  find: (state) =>
    examineRead(state.api, ({ shape }) => {
      const wanted = [...state.build.shape.responses];
      const missing = wanted.filter(([type]) => !shape.responses.has(type)).map(([type]) => type);
      const other = wanted.filter(([type, response]) => {
        const found = shape.responses.get(type);
        return found !== undefined && !isAsBuilt(found, response);
      });
      return [
        ...(missing.length === 0
          ? []
          : [error(`not found: the gateway responses ${joinNames(missing)}`, importAgain(state))]),
        ...other.map(([type]) =>
          error(
            `the gateway response ${type} has another body or other headers than in the build`,
            importAgain(state),
          ),
        ),
      ];
    }),
};

/** A header with a placeholder must exist, but its value is Terraform's, so it is not compared. */
function isAsBuilt(found: ResponseShape, built: ResponseShape): boolean {
  if (found.template !== built.template) return false;
  return Object.entries(built.headers).every(([name, value]) =>
    String(value).includes("${") ? found.headers[name] !== undefined : found.headers[name] === value,
  );
}
