import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { folderState, watchFolder } from "../../cli/start/watch-folder.ts";

let root: string;
let folder: string;
let file: string;
let handled: string;
let stop: () => Promise<void>;

const failures: string[] = [];

async function watchAgain(): Promise<void> {
  handled = folderState(folder);
  stop = await watchFolder({
    folder,
    seen: handled,
    async changed() {
      handled = folderState(folder);
    },
    failed: (why) => failures.push(why),
  });
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "portcullis-watch-"));
  folder = join(root, "service/policies");
  file = join(folder, "roles/editor.yaml");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "allow: []\n");
  writeFileSync(join(folder, "api.yaml"), "openapi: 3.0.3\n");
  await watchAgain();
});

afterEach(async () => {
  await stop();
  rmSync(root, { recursive: true, force: true });
  expect(failures).toEqual([]);
});

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};
const git = (...args: string[]): void =>
  void execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], { cwd: root });

/** Waits until the last state of the folder was handled. */
const expectHandled = (): Promise<void> =>
  vi.waitFor(() => expect(handled).toBe(folderState(folder)), { timeout: 30_000, interval: 20 });

/** Each writes a text as an editor or a tool does. */
const EDITS: Readonly<Record<string, (text: string, turn: number) => void>> = {
  "writes the file in place": (text) => writeFileSync(file, text),
  "renames another file over it": (text) => {
    writeFileSync(`${file}.tmp`, text);
    renameSync(`${file}.tmp`, file);
  },
  "renames a file from outside over it": (text) => {
    write(join(root, "saved"), text);
    renameSync(join(root, "saved"), file);
  },
  "keeps a backup, as vim does": (text) => {
    renameSync(file, `${file}~`);
    writeFileSync(file, text);
    unlinkSync(`${file}~`);
  },
  "runs sed -i": (text) => void execFileSync("sed", ["-i", `s/.*/${text}/`, file]),
  "deletes and creates it": (text) => {
    unlinkSync(file);
    writeFileSync(file, text);
  },
  "replaces the whole folder by a rename": (text) => {
    cpSync(folder, join(root, "next"), { recursive: true });
    write(join(root, "next/roles/editor.yaml"), text);
    renameSync(folder, join(root, "previous"));
    renameSync(join(root, "next"), folder);
    rmSync(join(root, "previous"), { recursive: true });
  },
  "deletes the whole folder and copies another one": (text) => {
    rmSync(folder, { recursive: true });
    write(file, text);
    writeFileSync(join(folder, "api.yaml"), text);
  },
  "replaces a folder inside": (text) => {
    write(join(root, "roles/editor.yaml"), text);
    rmSync(join(folder, "roles"), { recursive: true });
    renameSync(join(root, "roles"), join(folder, "roles"));
  },
  "adds files in new folders": (text, turn) => write(join(folder, `tenants/env-${turn}/acme.yaml`), text),
  "moves the folder away and back": (_, turn) =>
    turn % 2 === 0 ? renameSync(folder, `${folder}.away`) : renameSync(`${folder}.away`, folder),
};

describe("An edit is seen, also the sixth one, when an editor or a tool", () => {
  it.each(Object.keys(EDITS))("%s", async (name) => {
    for (let turn = 0; turn < 6; turn++) {
      EDITS[name]?.(`# ${turn}`, turn);
      await expectHandled();
    }
  });

  it("checks out other commits, also one without the folder and the folder above it", async () => {
    git("init", "-q", ".");
    git("add", "-A");
    git("commit", "-qm", "first");
    git("tag", "first");
    git("rm", "-rq", "service");
    writeFileSync(join(root, "other"), "");
    git("add", "other");
    git("commit", "-qm", "without");
    git("tag", "without");
    git("checkout", "-q", "first");
    write(file, "# second");
    git("commit", "-qam", "second");
    git("tag", "second");
    await expectHandled();
    for (const commit of ["first", "second", "without", "first", "without", "second", "first"]) {
      git("checkout", "-q", commit);
      await expectHandled();
    }
  });

  it("changes the link by which the folder is known, or a file behind it", async () => {
    await stop();
    renameSync(folder, join(root, "a"));
    cpSync(join(root, "a"), join(root, "b"), { recursive: true });
    symlinkSync("../a", folder);
    await watchAgain();
    for (const target of ["b", "a", "b"]) {
      write(join(root, target, "roles/editor.yaml"), `# ${target} before`);
      unlinkSync(folder);
      symlinkSync(`../${target}`, folder);
      await expectHandled();
      write(join(root, target, "roles/editor.yaml"), `# ${target} after`);
      await expectHandled();
    }
  });
});

it("An edit between the first reading and the first watcher is seen", async () => {
  await stop();
  const seen = folderState(folder);
  writeFileSync(file, "# early");
  let calls = 0;
  stop = await watchFolder({
    folder,
    seen,
    changed: async () => void calls++,
    failed: (why) => failures.push(why),
  });
  expect(calls).toBe(1);
});

it("A file that is saved without a change causes no reload", async () => {
  await stop();
  let calls = 0;
  stop = await watchFolder({
    folder,
    seen: folderState(folder),
    changed: async () => void calls++,
    failed: (why) => failures.push(why),
  });
  writeFileSync(file, "allow: []\n");
  writeFileSync(join(folder, "api.yaml"), "# changed\n");
  await vi.waitFor(() => expect(calls).toBe(1), { timeout: 30_000 });
});
