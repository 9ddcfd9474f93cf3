export interface ApiOptions {
  readonly origin: string;
  /** An access token: the one at hand, or with `fresh` a new one. */
  token(fresh: boolean): Promise<string>;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 200;
const defaultSleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** fetch with a token: one refresh after a 401, and reads are tried again after a 429 or 5xx. A body must not be a stream. */
export function callApi({ origin, token, sleep = defaultSleep }: ApiOptions) {
  const send = async (path: string, init: RequestInit, fresh: boolean): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set("Authorization", `Bearer ${await token(fresh)}`);
    const url = new URL(path, origin);
    // A path such as `//elsewhere.example` would take the token there.
    if (url.origin !== new URL(origin).origin) throw new TypeError(`${path} is not a path of ${origin}`);
    return fetch(url, { ...init, headers });
  };

  return async (path: string, init: RequestInit = {}): Promise<Response> => {
    const isRead = ["GET", "HEAD"].includes((init.method ?? "GET").toUpperCase());
    let refreshed = false;
    for (let attempt = 1; ; attempt++) {
      let response = await send(path, init, false);
      if (response.status === 401 && !refreshed) {
        refreshed = true;
        response = await send(path, init, true);
      }
      if (!isRead || attempt === ATTEMPTS || !(await isPassing(response))) return response;
      // Anything from nothing to twice as long each time, so that clients do not come back together.
      await sleep(Math.random() * FIRST_PAUSE_MS * 2 ** attempt);
    }
  };
}

/** Whether the same request may succeed soon. A quota lasts for days. */
async function isPassing(response: Response): Promise<boolean> {
  if (response.status === 429) return !(await response.clone().text()).includes("QUOTA_EXCEEDED");
  return response.status >= 500;
}
