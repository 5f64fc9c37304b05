// SPDX-License-Identifier: Apache-2.0
// A hunt that finds nothing proves something only if it would have found a leak. So the daemon on one droplet is
// replaced by one that leaks each pushed key in a different way, and the demo's own hunt has to find all of them.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { makeCanary } from "../../scripts/demo/canaries.ts";
import { succeed } from "../../scripts/demo/demoFailure.ts";
import { huntCanaries } from "../../scripts/demo/huntCanaries.ts";
import { type Ended, runCommand } from "../../scripts/demo/operator.ts";
import { eventually } from "../support/eventually.ts";
import { startStoryLab, type StoryLab, withoutWaits } from "../support/storyLab.ts";

const keyStore = "opt/office-claws/agent-image/daemon/keyStore.js";
/** The method as it is shipped: without its types. */
const entrance = "  planPut(request            )       {\n";
/** To the disk as it is, to the journal in Base64, to a file in memory with URL escapes. */
const leaks = `${entrance}    {
      const fs = process.getBuiltinModule("node:fs");
      const value = request.value.reveal();
      fs.writeFileSync("/var/lib/clawsd/cache.bin", "xx" + value);
      console.log("put " + Buffer.from("key=" + value).toString("base64"));
      fs.writeFileSync("/run/office-claws/state", encodeURIComponent(value + "/"));
    }
`;

let story: StoryLab;
const canary = makeCanary("ada", "anthropic", 1);

beforeAll(async () => {
  story = await startStoryLab({ ada: ["anthropic"] });
  const { operator, stack } = story;
  succeed("claws vault init", await operator.claws(["vault", "init"]));
  succeed("claws up", await operator.claws(["up", "--stack", stack], withoutWaits));
  const keysSet = ["keys", "set", "anthropic", "--agent", "ada"];
  succeed("claws keys set", await operator.claws(keysSet, { input: canary.value }));
}, 300_000);

afterAll(() => story.lab.stop(), 60_000);

function push(): Promise<Ended> {
  return story.operator.claws(["keys", "push", "--stack", story.stack]);
}

describe("the canary hunt", () => {
  const hunt = () => huntCanaries({ lab: story.lab, canaries: [canary], logs: [] });

  it("finds nothing while the daemon is the real one", async () => {
    succeed("claws keys push", await push());
    expect((await hunt()).findings).toEqual([]);
  });

  it("finds every leak of a daemon that leaks to disk, journal and memory file system", async () => {
    const [droplet] = await story.lab.droplets();
    if (!droplet) throw new Error("there is no droplet");
    const file = join(droplet.root, keyStore);
    const source = await readFile(file, "utf8");
    expect(source).toContain(entrance);
    await writeFile(file, source.replace(entrance, leaks));
    const restart = await story.lab.inside("ada", ["systemctl", "restart", "clawsd"]);
    succeed(
      "systemctl restart clawsd",
      await runCommand(restart, { environment: { PATH: process.env["PATH"] ?? "" } }),
    );
    // Sealed again, and for a moment not there at all.
    await eventually(push, ({ code }) => code === 0);

    const { findings } = await hunt();
    expect(findings).toContainEqual(
      expect.stringMatching(/^ada\/anthropic v1 \(raw\) in .*\/var\/lib\/clawsd\/cache\.bin at 2$/),
    );
    expect(findings).toContainEqual(expect.stringMatching(/^ada\/anthropic v1 \(base64\) in .*\/journal\//));
    expect(findings).toContainEqual(
      expect.stringMatching(/^ada\/anthropic v1 \(\w+\) in .*\/run\/office-claws\/state at 0$/),
    );
  });
});
