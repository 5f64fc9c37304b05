// SPDX-License-Identifier: Apache-2.0
// Drift, with the real engine and providers: what somebody changed in the service's console is shown, and written only when agreed.
import { join } from "node:path";
import type { Drift } from "../../cli/refreshStack.ts";
import { succeed } from "../../scripts/demo/demoFailure.ts";
import { callCloud } from "../support/cloudCalls.ts";
import { makeClawsProgram } from "../support/shellCompletion.ts";
import { startStoryLab, type StoryLab, withoutWaits } from "../support/storyLab.ts";

let story: StoryLab;

beforeAll(async () => {
  story = await startStoryLab({ ada: ["anthropic"] });
  succeed("claws up", await story.operator.claws(["up", "--stack", story.stack, "--yes"], withoutWaits));
}, 400_000);

afterAll(async () => {
  await story.lab.stop();
});

async function claws(...words: string[]): Promise<string> {
  const run = await story.operator.claws([...words, "--stack", story.stack], withoutWaits);
  return succeed(`claws ${words.join(" ")}`, run).stdout;
}

async function refresh(...words: string[]): Promise<{ readonly drifted: readonly Drift[]; readonly written: boolean }> {
  return JSON.parse(await claws("refresh", "--json", ...words)) as { drifted: readonly Drift[]; written: boolean };
}

describe("a stack that somebody changed elsewhere", () => {
  it("has not drifted before", async () => {
    expect(await refresh("--preview-only")).toMatchObject({ drifted: [], written: false });
  });

  it("shows what is changed and what is gone, and the state stays until somebody agrees", async () => {
    const { agents } = JSON.parse(
      succeed("outputs", await story.operator.run(["pulumi", "stack", "output", "--json", "--stack", story.stack]))
        .stdout,
    ) as { agents: Record<string, { dropletId: string; firewallId: string }> };
    const { dropletId = "", firewallId = "" } = agents["ada"] ?? {};
    await callCloud(story.lab, "POST", `/droplets/${dropletId}/actions`, { type: "rename", name: "eve" });
    await callCloud(story.lab, "DELETE", `/firewalls/${firewallId}`);

    const expected = [
      { operation: "update", name: "ada", changed: expect.arrayContaining(["name"]) },
      { operation: "delete", name: expect.stringContaining("ada") },
    ];
    for (const words of [["--preview-only"], ["--preview-only"], ["--yes"]]) {
      const { drifted, written } = await refresh(...words);
      expect({ written, drifted: [...drifted].sort((a, b) => (a.operation < b.operation ? 1 : -1)) }).toMatchObject({
        written: words.includes("--yes"),
        drifted: expected,
      });
    }
    expect(await refresh("--preview-only")).toMatchObject({ drifted: [] });
  }, 240_000);

  it("gives the shell the names of its agents, and open the address of a panel that answers", async () => {
    const bin = await makeClawsProgram(join(story.operator.project, "bin"));
    const names = await story.operator.run([
      join(bin, "claws"),
      "__complete",
      "agents",
      "open",
      "--stack",
      story.stack,
    ]);
    expect(names.stdout).toBe("ada\n");
    const url = (await claws("open", "ada", "--print")).trim();
    expect((await story.operator.request("GET", url)).status).toBe(200);
  });
});
