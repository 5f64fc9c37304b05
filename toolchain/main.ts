// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from "node:util";
import { toolchainCache } from "./cacheFolder.ts";
import { pinDigests } from "./pin.ts";
import { resolveToolchain } from "./resolve.ts";
import { errorText } from "./errorText.ts";

const usage = `usage: npm run toolchain -- [resolve] [--json]   find or make all programs; print their paths
       npm run toolchain -- pin                  record the publishers' digests in toolchain/digests.json
       npm run toolchain -- where                print the cache folder
`;

const commands: Readonly<Record<string, (json: boolean) => Promise<string>>> = {
  async resolve(json) {
    const { programs, paths } = await resolveToolchain();
    if (json) return `${JSON.stringify(paths)}\n`;
    return programs.map(({ name, source, path }) => `${name.padEnd(22)} ${source.padEnd(8)} ${path}\n`).join("");
  },
  async pin() {
    const digests = await pinDigests();
    return [...digests].map(([file, digest]) => `${digest}  ${file}\n`).join("");
  },
  where: () => Promise.resolve(`${toolchainCache()}\n`),
};

/** Runs one command and returns the exit code: 0 done, 1 failed, 2 wrong use. */
async function main(argv: readonly string[]): Promise<number> {
  const { json, help, name, wrong } = parse(argv);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (help || wrong !== undefined || command === undefined) {
    if (!help) process.stderr.write(`toolchain: error: ${wrong ?? `unknown command "${name}"`}\n`);
    (help ? process.stdout : process.stderr).write(usage);
    return help ? 0 : 2;
  }
  try {
    process.stdout.write(await command(json));
    return 0;
  } catch (error) {
    process.stderr.write(`toolchain: error: ${errorText(error)}\n`);
    return 1;
  }
}

interface Request {
  readonly json: boolean;
  readonly help: boolean;
  readonly name: string;
  readonly wrong?: string;
}

function parse(argv: readonly string[]): Request {
  try {
    const options = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const wrong = positionals.length > 1 ? `unexpected "${positionals[1] ?? ""}"` : undefined;
    return { json: values.json ?? false, help: values.help ?? false, name: positionals[0] ?? "resolve", wrong };
  } catch (error) {
    return { json: false, help: false, name: "", wrong: errorText(error) };
  }
}

process.exitCode = await main(process.argv.slice(2));
