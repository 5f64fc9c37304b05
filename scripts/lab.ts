// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import type { Lab } from "../lab/lab.ts";
import { startLab } from "../lab/lab.ts";
import { parseToolchain } from "../lab/labToolchain.ts";
import { RequirementsError } from "../lab/requirements.ts";

/** `npm run lab [-- POLICY_FILE]`: starts a lab, prints how to use it and removes it at Ctrl-C. Data goes to standard output, talk to standard error. */
async function main([policyFile, ...rest]: readonly string[]): Promise<number> {
  if (rest.length > 0 || policyFile?.startsWith("-") === true) {
    say("error: usage: npm run lab [-- POLICY_FILE]");
    return 2;
  }
  const started = performance.now();
  const policy = policyFile === undefined ? {} : { policy: await readFile(policyFile, "utf8") };
  const lab = await startLab({ toolchain: parseToolchain(process.env["CLAWS_TOOLCHAIN"]), onProgress: say, ...policy });
  say(`lab ${lab.id} is up after ${((performance.now() - started) / 1000).toFixed(1)} s; Ctrl-C removes it`);
  say(`provider plugins: ${lab.providers}`);
  process.stdout.write(renderInstructions(lab, process.execPath));
  await firstSignal();
  await lab.stop();
  say(`lab ${lab.id} is gone`);
  return 0;
}

/** These handlers stay: without any, the signal would end this process before it could say that the lab is gone. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => resolve());
  });
}

/** Lines that a shell can run. */
function renderInstructions(lab: Lab, node: string): string {
  // A shell that carried the run in its environment would be killed with the lab.
  const variables = Object.entries(lab.environment).filter(([name]) => name !== "CLAWS_LAB_RUN");
  const droplets = [
    node,
    "-p",
    "JSON.parse(require('fs').readFileSync(0)).map((d) => d.name + ' ' + d.leaderPid).join('\\n')",
  ];
  return [
    `# the image of the agents: ${lab.imageId}`,
    "# the operator's environment:",
    ...variables.map(([name, value]) => `export ${name}=${quote(value)}`),
    "",
    "# a shell on the operator's machine, and one on the public internet:",
    `# ${lab.operator(["bash"]).map(quote).join(" ")}`,
    `# ${lab.internet(["bash"]).map(quote).join(" ")}`,
    "",
    "# droplets with their process IDs, and a shell inside of one:",
    `# curl -s --unix-socket ${quote(`${lab.directory}/admin.sock`)} http://lab/droplets | ${droplets.map(quote).join(" ")}`,
    "# nsenter --target=PID --all -- bash",
    "",
  ].join("\n");
}

/** A word that every POSIX shell takes as it is. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function say(line: string): void {
  process.stderr.write(`lab: ${line}\n`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const lines =
    error instanceof RequirementsError ? error.problems : [error instanceof Error ? error.message : String(error)];
  for (const line of lines) say(`error: ${line}`);
  process.exitCode = error instanceof RequirementsError ? 2 : 1;
}
