// SPDX-License-Identifier: Apache-2.0
// `npm run session [-- --cast FILE]`: records the README's terminal session in a lab and draws docs/session.svg. The recording itself,
// with all that the terminal showed in between, goes to the FILE, for a player of asciicasts.
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { startLab, type Lab } from "../../lab/lab.ts";
import { parseToolchain } from "../../lab/labToolchain.ts";
import { createOperator } from "../demo/operator.ts";
import { makeProject, nameOperatorKey, repositoryRoot } from "../demo/projectFolder.ts";
import { wordsOrExit } from "../scriptWords.ts";
import { fetchTailnetPolicy } from "../demo/tailnetPolicy.ts";
import { renderCast } from "./cast.ts";
import { drawSession, SESSION_PICTURE, SESSION_TITLE } from "./drawSession.ts";
import { Recorder } from "./recorder.ts";
import { sessionCommands } from "./sessionCommands.ts";

const stack = "prod";
/** Files with keys of the sort that a provider gives out, and how those begin. */
const keyFiles = { "ada.txt": "sk-ant-api03-", "grace.txt": "sk-proj-", "new.txt": "sk-ant-api03-" };

async function record(lab: Lab): Promise<Recorder> {
  const project = join(lab.directory, "project");
  const { imageId, controlUrl } = lab;
  await makeProject(project, { stack, imageId, controlUrl, agents: { ada: ["anthropic"], grace: ["openai"] } });
  for (const [name, prefix] of Object.entries(keyFiles))
    await writeFile(join(project, name), `${prefix}${randomBytes(60).toString("hex")}AA`, { mode: 0o600 });
  const environment = { ...lab.environment, PULUMI_STACK: stack };
  // The lab's own folders are of no interest to a reader.
  const names = { [project]: "/home/op/agents", [lab.environment["HOME"] ?? project]: "/home/op" };
  const recorder = new Recorder({ folder: project, environment, names }, () => performance.now());
  const operator = createOperator(lab, project, () => undefined);
  for (const command of sessionCommands) {
    console.error(`session: ${command.line}`);
    const program = [process.execPath, join(repositoryRoot, "cli/bin.cjs"), ...command.words];
    const shell = command.input === undefined ? program : ["sh", "-c", 'exec "$@" <"$0"', command.input, ...program];
    await recorder.run({ ...command, argv: lab.operator(shell) });
    if (command.words[0] !== "vault") continue;
    // As its owner would: the operator's key goes into the stack's file.
    const { stdout } = await operator.claws(["operator", "show", "--json"]);
    const { publicKey } = JSON.parse(stdout) as { readonly publicKey: string };
    await nameOperatorKey(project, stack, publicKey);
  }
  return recorder;
}

const { cast: castFile } = wordsOrExit({
  ...{ name: "session", usage: "[-- --cast FILE]\n  --cast FILE  also keep the recording, for a player of asciicasts" },
  options: { cast: { type: "string" } },
});
const policy = await fetchTailnetPolicy();
const onProgress = (line: string): void => console.error(`session: ${line}`);
const lab = await startLab({
  toolchain: parseToolchain(process.env["CLAWS_TOOLCHAIN"]),
  policy: policy.untested,
  onProgress,
});
try {
  const cast = (await record(lab)).cast(SESSION_TITLE);
  if (castFile !== undefined) await writeFile(castFile, renderCast(cast));
  await writeFile(join(repositoryRoot, SESSION_PICTURE), await drawSession(cast));
} finally {
  await lab.stop();
}
