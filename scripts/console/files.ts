import type { ConsoleFiles } from "../../local/console/console.ts";

/** Stands here until the page is merged. */
export const consoleFiles = async (): Promise<ConsoleFiles> =>
  new Map([["", { type: "text/html; charset=utf-8", body: "<!doctype html><title>Portcullis</title>" }]]);
