export interface ApiOptions {
  readonly origin: string;
  /** Returns an access token: the current one, or a new one if `fresh` is true. */
  token(fresh: boolean): Promise<string>;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 200;
const defaultSleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Returns a fetch that sends the token. It refreshes the token once after a 401, and repeats reads after a 429 or 5xx.
 * A body must not be a stream.
 */
export function callApi({ origin, token, sleep = defaultSleep }: ApiOptions) {
  const send = async (path: string, init: RequestInit, fresh: boolean): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set("Authorization", `Bearer ${await token(fresh)}`);
    const url = new URL(path, origin);
    // A path such as `//elsewhere.example` would send the token to another host.
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
      if (!isRead || attempt === ATTEMPTS || !(await isTransient(response))) return response;
      // A random pause, whose maximum doubles each time, so that clients do not retry at the same time.
      await sleep(Math.random() * FIRST_PAUSE_MS * 2 ** attempt);
    }
  };
}

/** Returns whether the same request can succeed soon. An exceeded quota lasts for days. */
async function isTransient(response: Response): Promise<boolean> {
  if (response.status === 429) return !(await response.clone().text()).includes("QUOTA_EXCEEDED");
  return response.status >= 500;
}
