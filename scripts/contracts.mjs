// Compiles the devnet's token contracts: node scripts/contracts.mjs <file to write>
// The file holds the creation bytecode of each contract by its name, in hexadecimal.

import { readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "devnet", "contracts");
const target = process.argv[2];

const names = readdirSync(folder).filter((name) => name.endsWith(".sol"));
const input = {
  language: "Solidity",
  sources: Object.fromEntries(names.map((name) => [name, { content: readFileSync(join(folder, name), "utf8") }])),
  settings: {
    evmVersion: "paris", // no younger instruction: it has to run where there is no base fee either
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
  },
};

const find = (path) => {
  try {
    return { contents: readFileSync(join(root, "node_modules", path), "utf8") };
  } catch {
    return { error: `there is no ${path}: run make setup` };
  }
};

const output = JSON.parse(solc.compile(JSON.stringify(input), { import: find }));
const errors = (output.errors ?? []).filter((each) => each.severity === "error");
if (errors.length > 0) {
  console.error(errors.map((each) => each.formattedMessage).join("\n"));
  process.exit(1);
}

const compiled = {};
for (const name of names) {
  for (const [contract, made] of Object.entries(output.contracts[name])) {
    compiled[contract] = made.evm.bytecode.object;
  }
}
// Whoever reads it meanwhile sees all of it or nothing.
writeFileSync(`${target}.${process.pid}`, JSON.stringify(compiled));
renameSync(`${target}.${process.pid}`, target);
process.exit(0); // the compiler keeps listening for ever
