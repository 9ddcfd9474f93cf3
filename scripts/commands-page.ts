import { overviewText } from "../cli/shared/overview.ts";
import { VERB_GROUPS } from "../cli/verbs.ts";

/** Returns `docs/commands.md`: what `--help` prints, for all verbs. */
export async function commandsPage(): Promise<string> {
  const groups = await Promise.all(
    Object.entries(VERB_GROUPS).map(async ([group, verbs]) => {
      const sections = await Promise.all(
        Object.entries(verbs).map(async ([name, { load }]) => `### ${name}\n\n${block((await load()).help)}`),
      );
      return `## ${group}\n\n${sections.join("\n\n")}`;
    }),
  );
  return `# Commands

For everybody who runs \`npx portcullis\`. This page has the help of every command, as \`--help\` prints it. It is generated: \`npx tsx scripts/check-commands.ts --write\` updates it.

${block(overviewText())}

${groups.join("\n\n")}
`;
}

const block = (text: string): string => `\`\`\`text\n${text}\n\`\`\``;
