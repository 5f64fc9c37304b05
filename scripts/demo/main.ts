// SPDX-License-Identifier: Apache-2.0
// `npm run demo [-- --log FILE]`: the main job in a lab on this machine, no account and no internet needed. Its last
// screen is the receipt of the destroy; everything that the commands printed is in the log, by default .claws/demo.log.
import { join } from "node:path";
import { inspect } from "node:util";

import { type Lab, startLab } from "../../lab/lab.ts";
import { parseToolchain } from "../../lab/labToolchain.ts";
import { RequirementsError } from "../../lab/requirements.ts";
import { DemoFailure } from "./demoFailure.ts";
import { wordsOrExit } from "../scriptWords.ts";
import { createNarrator, type Narrator } from "./narrator.ts";
import { createOperator } from "./operator.ts";
import { makeProject, repositoryRoot } from "./projectFolder.ts";
import { demoAgents, demoStack, tellStory } from "./story.ts";
import { fetchTailnetPolicy } from "./tailnetPolicy.ts";

async function runDemo(narrator: Narrator): Promise<void> {
  const toolchain = parseToolchain(process.env["CLAWS_TOOLCHAIN"]);
  const policy = await fetchTailnetPolicy();
  let lab: Lab | undefined;
  let receipt: string;
  try {
    narrator.section("A lab: DigitalOcean, Tailscale and the model providers on this machine");
    await narrator.step("start the lab", async () => {
      const onProgress = (line: string) => narrator.progress(line);
      lab = await startLab({ toolchain, policy: policy.untested, onProgress });
      return `run ${lab.id}; real Pulumi engine, headscale, tailscaled, nftables, systemd; ${lab.providers}`;
    });
    if (!lab) throw new Error("the lab did not start");
    receipt = await tellStory({ lab, narrator, policy, operator: await makeOperator(lab, narrator) });
  } finally {
    await lab?.stop();
  }
  narrator.show(`\n${receipt}`);
}

async function makeOperator(lab: Lab, narrator: Narrator) {
  const project = join(lab.directory, "project");
  const { imageId, controlUrl } = lab;
  await makeProject(project, { stack: demoStack, imageId, controlUrl, agents: demoAgents });
  return createOperator(lab, project, (text) => narrator.log(text));
}

const values = wordsOrExit({
  ...{
    name: "demo",
    usage: "[-- --log FILE]\n  --log FILE  where all goes that the commands print (default: .claws/demo.log)",
  },
  options: { log: { type: "string", default: join(repositoryRoot, ".claws/demo.log") } },
});
const narrator = createNarrator(values.log);
try {
  await runDemo(narrator);
} catch (error) {
  if (error instanceof RequirementsError) {
    for (const problem of error.problems) console.error(`demo: error: ${problem}`);
    process.exitCode = 2;
  } else {
    // A broken promise speaks for itself; anything else is a mistake of ours, so its stack is worth having.
    const text = error instanceof DemoFailure ? error.message : inspect(error);
    console.error(`\ndemo: error: ${text}`);
    console.error(`demo: hint: everything that was printed is in ${narrator.logFile}`);
    process.exitCode = 1;
  }
}
