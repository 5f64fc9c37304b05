// SPDX-License-Identifier: Apache-2.0
// `npm run session`: records the README's terminal session in a lab, as docs/session.cast and the picture docs/session.svg.
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { startLab, type Lab } from "../../lab/lab.ts";
import { parseToolchain } from "../../lab/labToolchain.ts";
import { createOperator } from "../demo/operator.ts";
import { makeProject, nameOperatorKey, repositoryRoot } from "../demo/projectFolder.ts";
import { fetchTailnetPolicy } from "../demo/tailnetPolicy.ts";
import { renderCast } from "./cast.ts";
import { drawSession, SESSION_FILES, SESSION_TITLE } from "./drawSession.ts";
import { Recorder } from "./recorder.ts";
import { sessionCommands } from "./sessionCommands.ts";

const stack = "prod";

async function record(lab: Lab): Promise<Recorder> {
  const project = join(lab.directory, "project");
  const { imageId, controlUrl } = lab;
  await makeProject(project, { stack, imageId, controlUrl, agents: { ada: ["anthropic"], grace: ["openai"] } });
  for (const name of ["ada.txt", "grace.txt", "new.txt"])
    await writeFile(join(project, name), `sk-ant-api03-${randomBytes(60).toString("hex")}AA`, { mode: 0o600 });
  const environment = { ...lab.environment, PULUMI_STACK: stack };
  const recorder = new Recorder({ folder: project, environment }, () => performance.now());
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

const policy = await fetchTailnetPolicy();
const onProgress = (line: string): void => console.error(`session: ${line}`);
const lab = await startLab({
  toolchain: parseToolchain(process.env["CLAWS_TOOLCHAIN"]),
  policy: policy.untested,
  onProgress,
});
try {
  const cast = (await record(lab)).cast(SESSION_TITLE);
  await writeFile(join(repositoryRoot, SESSION_FILES.cast), renderCast(cast));
  await writeFile(join(repositoryRoot, SESSION_FILES.picture), await drawSession(cast));
} finally {
  await lab.stop();
}
