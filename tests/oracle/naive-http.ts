import { NaiveRouter, naiveRoute, type Reached } from "./naive-routes.ts";

/** A request as it is sent: the request line without the protocol, and the header lines. */
export interface SentRequest {
  readonly line: string;
  readonly headers: readonly string[];
}

/** Lists the values of a header, trimmed, whatever the case of its name. */
export function valuesOf({ headers }: Pick<SentRequest, "headers">, name: string): string[] {
  return headers.flatMap((header) => {
    const colon = header.indexOf(":");
    return header.slice(0, colon).toLowerCase() === name.toLowerCase()
      ? [header.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "")]
      : [];
  });
}

/** Lists the tokens of a request: of each Authorization header that is `Bearer` and a token; "" for any other. */
export const bearersOf = (sent: SentRequest): string[] =>
  valuesOf(sent, "Authorization").map((value) => {
    const [scheme = "", token = "", ...more] = value.split(/ +/);
    return more.length === 0 && scheme.toLowerCase() === "bearer" ? token : "";
  });

/** Returns the tenant that the request's only host names: its first label in lower case, if it has others. */
export function tenantOfHost(sent: SentRequest): string | undefined {
  const [host = "", ...others] = valuesOf(sent, "Host");
  const [label, ...labels] = host.toLowerCase().replace(/:\d+$/, "").split(".");
  return others.length === 0 && labels.length > 0 && label !== "" ? label : undefined;
}

/** Creates a function that finds every route that a request may reach, in any reading of its target. */
export function createReader(routeKeys: readonly string[]): (sent: SentRequest) => Reached[] {
  const router = new NaiveRouter(routeKeys.map(naiveRoute));
  return ({ line }) => {
    const [method = "", ...rest] = line.split(" ");
    const target = rest.join(" ").replace(/^https?:\/\/[^/?#]*/i, "");
    const path = target.split(/[?#]/, 1)[0] || "/";
    return router.reached(method, path.replace(/^\/{2,}/, "/"));
  };
}
