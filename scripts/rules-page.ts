import { RULE_SECTIONS } from "../core/policy-files/rules/rules.ts";

const HEAD = `# Rules

For people who got a problem from \`npx portcullis check\`, \`build\` or a deployment and want to know what its rule means. The rule is in brackets at the end of the line, as in \`[unknown-permission]\`, and is the rule's id in [SARIF reports and annotations](ci.md). This page is generated from the rules that the messages name. An id keeps its meaning in every version ([versioning.md](versioning.md)).

The checks of \`npx portcullis doctor\` are rules too: its reports name them, such as \`table\` or \`invoke-permission\`, and each finding has its own fix.
`;

/** Returns the text of docs/rules.md. */
export const rulesPage = (): string =>
  [
    HEAD,
    ...Object.entries(RULE_SECTIONS).map(
      ([title, rules]) =>
        `## ${title}\n\n| rule | what it means | how to fix it |\n|---|---|---|\n${Object.entries(rules)
          .map(([id, { about, fix }]) => `| \`${id}\` | ${about} | ${fix} |\n`)
          .join("")}`,
    ),
  ].join("\n");
