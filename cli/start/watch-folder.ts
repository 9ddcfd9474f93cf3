import { existsSync, realpathSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { readPolicyFiles } from "../shared/policy-folder.ts";

export interface WatchOptions {
  readonly folder: string;
  /** The state of the folder that is already handled, from {@link folderState}. */
  readonly seen: string;
  /** Called after each change of a policy file, one call at a time. */
  changed(): Promise<void>;
  /** Called when the operating system cannot watch the folder, so that edits may be missed. */
  failed(why: string): void;
}

/** The time that is waited for further edits, in ms: an editor or `git checkout` changes several files at once. */
const QUIET_MS = 100;

/** Returns the content of all policy files of a folder as one string; another string if they cannot be read. */
export function folderState(folder: string): string {
  try {
    return JSON.stringify([...readPolicyFiles(folder)].sort());
  } catch (error) {
    return String(error);
  }
}

/**
 * Watches a policy folder, also while it does not exist. Returns a function that stops watching.
 *
 * After each change the folder is watched again, because on Linux a watcher follows the old files and folders when
 * others replace them under the same names. Then the folder is read again until it no longer changes, because an edit
 * between two watchers causes no event.
 */
export async function watchFolder(options: WatchOptions): Promise<() => Promise<void>> {
  const { folder, changed, failed } = options;
  let [seen, stopped, failures] = [options.seen, false, 0];
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();

  async function settle(): Promise<void> {
    while (!stopped) {
      // Closed first: watchers of one process share the handles of a path, so the new one would follow the old file too.
      await watcher?.close();
      watcher = await startWatcher(folder, later, report);
      const found = folderState(folder);
      if (found === seen) return;
      seen = found;
      await changed();
    }
  }
  function later(): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(settle).catch(report);
    }, QUIET_MS);
  }
  function report(error: unknown): void {
    if (++failures === 1) failed(String(error));
  }

  await settle();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
    await watcher?.close();
  };
}

/** Starts a watcher of the folder, and of the nearest folder above it, in which it or a link to it may be replaced. */
async function startWatcher(
  folder: string,
  onEvent: () => void,
  onError: (error: unknown) => void,
): Promise<FSWatcher> {
  const paths = [...new Set([resolve(folder), realPath(folder)])];
  const contains = (outer: string, inner: string): boolean =>
    inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : `${outer}${sep}`);
  const watcher = watch(paths.map(nearestFolderAbove), {
    ignored: (found) =>
      !paths.some((path) => contains(path, resolve(found)) || contains(resolve(found), path)),
    followSymlinks: false,
    ignoreInitial: true,
    atomic: false,
    ignorePermissionErrors: true,
  });
  watcher.on("all", onEvent).on("error", onError);
  // Events of the operating system from which the library concludes nothing: it compares times and sizes, and reads a
  // folder at most once a second, so that it can miss a file that was replaced.
  watcher.on("raw", (_, name, details) => {
    const { watchedPath = "" } = details as { watchedPath?: string };
    const changed = resolve(watchedPath, name ?? "");
    if (paths.some((path) => contains(path, changed))) onEvent();
  });
  await new Promise<void>((ready) => watcher.once("ready", ready));
  return watcher;
}

/** Resolves links. Returns the path as it is while nothing has this path. */
function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}

function nearestFolderAbove(path: string): string {
  const above = dirname(path);
  return above === path || existsSync(above) ? above : nearestFolderAbove(above);
}
