// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { recallAgents, remembering } from "../../../cli/agentNames.ts";
import { liveNames } from "../../../cli/completion/liveNames.ts";
import { fakeStack, knownAgent } from "../../support/agentWorld.ts";
import { makeProject, runClaws } from "../../support/cliHarness.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";

const folder = scratchFolder();

async function world() {
  const { root, environment: user } = await makeProject(folder());
  const environment = { ...user, CLAWS_CACHE: join(folder(), "cache") };
  const remember = async (name: string, ...agents: readonly string[]): Promise<void> => {
    const outputs = () => Promise.resolve(new Map(agents.map((agent) => [agent, knownAgent()])));
    await remembering(fakeStack({ outputs }), { root, name }, environment).outputs();
  };
  return {
    root,
    environment,
    remember,
    names: (...line: string[]) => liveNames(line, { environment, workingDirectory: root }),
  };
}

describe("names for a shell", () => {
  it("are the agents that a command has read last, of the stack that the line names", async () => {
    const { names, remember } = await world();
    expect(names("agents")).toEqual([]);
    await remember("dev", "ada", "alan");
    await remember("prod", "grace");
    expect(names("agents", "open")).toEqual(["ada", "alan"]);
    for (const line of [
      ["open", "--stack", "prod", ""],
      ["open", "--stack=prod", ""],
      ["open", "--stack", "=", "prod"],
    ])
      expect(names("agents", ...line)).toEqual(["grace"]);
    expect(names("agents", "open", "--stack", "")).toEqual(["ada", "alan"]);
    await remember("dev", "ada");
    expect(names("agents")).toEqual(["ada"]);
  });

  it("are the stacks that have a file, but for the example and what a shell would expand", async () => {
    const { root, names } = await world();
    for (const name of ["prod", "example", "$(id)", "a b", "-x", "`id`"])
      await writeFile(join(root, "stacks", `Pulumi.${name}.yaml`), "");
    expect(names("stacks")).toEqual(["dev", "prod"]);
  });

  it("are none outside of a project, for a stack that is none, and when the cache holds anything but names", async () => {
    const { root, environment, names, remember } = await world();
    expect(liveNames(["agents"], { environment, workingDirectory: folder() })).toEqual([]);
    expect(names("agents", "--stack", "a b")).toEqual([]);
    await remember("dev", "ada");
    const [file = ""] = await readdir(join(folder(), "cache", "agents"));
    for (const text of ['{"agents":["ada","$(id)"]}', '{"agents":"ada"}', "{", "null"]) {
      await writeFile(join(folder(), "cache", "agents", file), text);
      expect(recallAgents(environment, { root, name: "dev" })).toEqual([]);
    }
  });

  it("come from a command line that says nothing else, even where the project is broken", async () => {
    const { root, environment, remember } = await world();
    await remember("dev", "ada");
    const run = async (workingDirectory: string) =>
      await runClaws(["__complete", "agents", "open", ""], { environment, workingDirectory });
    expect(await run(root)).toEqual({ exitCode: 0, stdout: "ada\n", stderr: "" });
    await mkdir(join(folder(), "empty"));
    expect(await run(join(folder(), "empty"))).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });
});
