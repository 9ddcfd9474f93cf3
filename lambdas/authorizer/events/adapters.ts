import type { ApiType } from "../../../core/model/layout.ts";
import type { EventAdapter } from "./event-adapter.ts";
import { httpIamAdapter, httpSimpleAdapter } from "./http-event.ts";
import { restAdapter } from "./rest-event.ts";
import { tokenAdapter } from "./token-event.ts";

export const EVENT_ADAPTERS: Readonly<Record<ApiType, EventAdapter>> = {
  rest: restAdapter,
  "rest-token": tokenAdapter,
  "http-iam": httpIamAdapter,
  "http-simple": httpSimpleAdapter,
};
