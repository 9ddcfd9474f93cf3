import { readdirSync, readFileSync, writeFileSync } from "node:fs";

// The folder of the CommonJS build says so, because the package itself has type "module".
writeFileSync("dist/cjs/package.json", '{ "type": "commonjs" }\n');

// Declarations name modules by the extension that every version of TypeScript resolves.
for (const name of readdirSync("dist", { recursive: true }).filter((path) => path.endsWith(".d.ts")))
  writeFileSync(
    `dist/${name}`,
    readFileSync(`dist/${name}`, "utf8").replaceAll(/(from "\.[^"]+)\.ts"/g, '$1.js"'),
  );
