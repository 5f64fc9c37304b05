// SPDX-License-Identifier: Apache-2.0
// The real program; the program in stacks/ reads what it has written.
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { parseConfiguration } from "../../stacks/configuration.ts";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { cacheFolder, scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const cache = cacheFolder();
let root = "";
let environment: Record<string, string> = {};

beforeEach(async () => {
  ({ root, environment } = await makeProject(folder()));
  environment["CLAWS_CACHE"] = cache();
});

async function claws(...words: readonly string[]): Promise<CliRun> {
  return await spawnClaws(words, { environment, folder: root });
}

function fileOf(stack: string): string {
  return join(root, "stacks", `Pulumi.${stack}.yaml`);
}

/** What the program in stacks/ makes of a file. */
async function configurationOf(stack: string): Promise<ReturnType<typeof parseConfiguration>> {
  const { config } = parse(await readFile(fileOf(stack), "utf8")) as { config: Record<string, unknown> };
  const own = Object.entries(config).map(([name, value]) => [name.replace("office-claws:", ""), value]);
  return parseConfiguration(Object.fromEntries(own) as Record<string, unknown>);
}

describe("claws init", () => {
  it("writes a file that up can use, with the operator key of the vault", async () => {
    const vault = JSON.parse((await claws("vault", "init", "--json")).stdout) as { operatorKey: string };
    const words = ["--agent", "ada", "--agent", "alan", "--provider", "anthropic", "--provider", "openai"];
    const { exitCode, stdout, stderr } = await claws("init", "--stack", "prod", "--image", "42", "--json", ...words);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ stack: "prod", file: fileOf("prod"), operatorKey: vault.operatorKey });
    expect(stderr).toBe("claws: next: claws up --stack prod\n");
    expect(await configurationOf("prod")).toMatchObject(
      ["ada", "alan"].map((name) => ({
        name,
        image: "42",
        region: "nyc3",
        runtime: "openclaw",
        providers: ["anthropic", "openai"],
        operatorKeys: [vault.operatorKey],
      })),
    );
    expect((await stat(fileOf("prod"))).mode & 0o777).toBe(0o644);
  });

  it("leaves the image to be filled in, and up then says that it is missing", async () => {
    await rm(fileOf("dev"));
    const { exitCode, stdout, stderr } = await claws("init");
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `made ${fileOf("dev")}\n` });
    expect(stderr).toBe(
      "claws: without operatorKeys agents take keys unsealed: claws vault init, claws operator show\n" +
        "claws: next: fill in the image, claws up --stack dev\n",
    );
    await expect(configurationOf("dev")).rejects.toThrow("defaults.image: must be the numeric ID of a snapshot");
  });

  it("never overwrites a file, and leaves nothing beside it", async () => {
    await writeFile(fileOf("dev"), "mine\n");
    const { exitCode, stdout, stderr } = await claws("init");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toBe(
      `claws: error: "${fileOf("dev")}" exists already\nclaws: hint: edit it, or name another stack with --stack\n`,
    );
    expect(await readFile(fileOf("dev"), "utf8")).toBe("mine\n");
    expect(await readdir(join(root, "stacks"))).toEqual(["Pulumi.dev.yaml"]);
  });

  it.each([
    [["--stack", "a b"], '"a b" is not a stack name'],
    [["--stack", ".."], '".." is not a stack name'],
    [["--image", "latest"], 'cannot read "--image": it must be the numeric ID of a snapshot'],
    [["--region", "nyc"], 'cannot read "--region": it must be a region such as "nyc3"'],
    [["--runtime", "other"], 'cannot read "--runtime": it must be openclaw or hello'],
    [["--agent", "a\nb: c"], "--agent must be a DNS label in lower case"],
    [["--agent", "a1", "--agent", "a1"], '--agent "a1" is given more than once'],
    [["--provider", "x]"], 'cannot read "--provider": it must be a provider'],
  ])("refuses %j and makes nothing", async (words, message) => {
    await rm(fileOf("dev"));
    const { exitCode, stderr } = await claws("init", ...words);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`claws: error: ${message}`);
    expect(await readdir(join(root, "stacks"))).toEqual([]);
  });

  it("makes nothing when there is a vault that cannot be opened", async () => {
    await writeFile(join(root, "vault.age"), "junk", { mode: 0o600 });
    expect((await claws("init", "--stack", "prod")).exitCode).toBe(2);
    expect(await readdir(join(root, "stacks"))).toEqual(["Pulumi.dev.yaml"]);
  });
});
