// SPDX-License-Identifier: Apache-2.0
// Plain JavaScript without packages: this runs before anything is installed, on any Node from 20 on.
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBundles } from "./bundle.mjs";
import { ensureNodePackages, findNode } from "./nodePackages.mjs";
import { runCommand } from "./runCommand.mjs";
import { ensureSystemPackages } from "./systemPackages.mjs";
import { prependPath, resolveToolchain } from "./toolchainPaths.mjs";

const usage = "usage: node scripts/bootstrap.mjs [--toolchain] [--bench] [--tests] [-- COMMAND ARGS...]";

const FLAGS = ["--toolchain", "--bench", "--tests"];

/** Prepares what the command needs, runs it and returns its exit code. */
async function main(argv) {
  const { flags, command } = parseArguments(argv);
  checkSystem();
  const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
  await ensureNodePackages(root);
  await ensureBundles(root, (text) => process.stderr.write(`bootstrap: ${text}\n`));
  const node = findNode(root);
  const [lab, bench, tests] = ["--toolchain", "--bench", "--tests"].map((flag) => flags.has(flag));
  if (lab || bench || tests) await ensureSystemPackages({ lab: lab || bench, bench, tests });
  const toolchain = flags.has("--toolchain") ? await resolveToolchain(root, node) : undefined;
  if (command.length === 0) return 0;
  return runCommand(command, prependPath(process.env, root, node, toolchain));
}

function parseArguments(argv) {
  const end = argv.indexOf("--");
  const flags = new Set(end === -1 ? argv : argv.slice(0, end));
  for (const flag of flags) {
    if (!FLAGS.includes(flag)) throw usageError(`unknown argument "${flag}"; ${usage}`);
  }
  if (end !== -1 && end === argv.length - 1) throw usageError(`no command after "--"; ${usage}`);
  return { flags, command: end === -1 ? [] : argv.slice(end + 1) };
}

function checkSystem() {
  if (process.platform !== "linux" && process.platform !== "darwin") {
    throw usageError(`cannot run on ${process.platform}: Linux or macOS is needed`);
  }
  if (Number(process.versions.node.split(".")[0]) < 20) {
    throw usageError(`cannot run on Node ${process.versions.node}: install Node 20 or newer`);
  }
}

function usageError(message) {
  return Object.assign(new Error(message), { exitCode: 2 });
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    process.stderr.write(`bootstrap: error: ${error.message}\n`);
    process.exitCode = error.exitCode ?? 1;
  },
);
