import { pick, randomFrom, shuffle } from "../oracle/naive-requests.ts";
import { GITHUB_KEYS, GITHUB_TAGS } from "./real-apis.ts";

export interface Role {
  readonly name: string;
  readonly keys: readonly string[];
}

const SHARES = [5, 20, 50, 80, 95];

/** Creates roles of GitHub's API: plausible ones, and random ones. */
export function githubRoles(): Role[] {
  const random = randomFrom(20_260_101);
  const roleWith = (name: string, test: (key: string) => boolean): Role => ({
    name,
    keys: GITHUB_KEYS.filter(test),
  });
  const methods = [...new Set(GITHUB_KEYS.map((key) => key.split(" ")[0] ?? ""))];
  const prefixes = [...new Set(GITHUB_KEYS.map((key) => key.split("/")[1] ?? ""))].filter(
    (prefix) => prefix !== "",
  );
  return [
    ...[...GITHUB_TAGS].map(([tag, keys]) => ({ name: `tag ${tag}`, keys })),
    ...methods.map((method) => roleWith(`method ${method}`, (key) => key.startsWith(`${method} `))),
    ...prefixes.map((prefix) => roleWith(`below /${prefix}`, (key) => key.split("/")[1] === prefix)),
    ...SHARES.flatMap((share) =>
      Array.from({ length: 5 }, (_, index) => ({
        name: `${share} % at random, ${index + 1}`,
        keys: shuffle(random, GITHUB_KEYS).slice(0, Math.round((GITHUB_KEYS.length * share) / 100)),
      })),
    ),
    { name: "everything", keys: GITHUB_KEYS },
    ...Array.from({ length: 8 }, () => {
      const one = pick(random, GITHUB_KEYS);
      return { name: `everything except ${one}`, keys: GITHUB_KEYS.filter((key) => key !== one) };
    }),
  ];
}
