// SPDX-License-Identifier: Apache-2.0
import { access, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { buildImage, type ImageBuild } from "../../../cli/image/buildImage.ts";
import type { Effects } from "../../../cli/effects.ts";
import type { ToolOptions, ToolResult } from "../../../cli/runTool.ts";
import { recordTerminal, runClaws, spawnClaws, testEffects } from "../../support/cliHarness.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";

const folder = scratchFolder();
const repository = resolve(import.meta.dirname, "../../..");
const token = { DIGITALOCEAN_TOKEN: "dop_v1_x", TAILSCALE_API_KEY: "tskey-api-x", PULUMI_CONFIG_PASSPHRASE: "p" };
const manifest = JSON.stringify({ builds: [{ artifact_id: "ams3:146288445" }] });

interface Step {
  readonly words: readonly string[];
  readonly options: ToolOptions;
}

/** Programs that do what they are expected to; `answer` may do otherwise. */
function tools(answer: (words: readonly string[]) => Partial<ToolResult> | undefined = () => undefined) {
  const steps: Step[] = [];
  const runTool = async (words: readonly string[], options: ToolOptions): Promise<ToolResult> => {
    steps.push({ words, options });
    const other = answer(words);
    if (other !== undefined) return { code: 0, stdout: "", ...other };
    if (words.includes("resolve"))
      return { code: 0, stdout: '{"tailscale":"/t/tailscale","tailscaled":"/t/tailscaled"}' };
    const file = words.find((word) => word.startsWith("manifest="))?.slice("manifest=".length);
    if (file !== undefined) await writeFile(file, manifest);
    return { code: 0, stdout: "" };
  };
  return { steps, runTool };
}

async function build(given: Partial<ImageBuild>, effects: Partial<Effects>): Promise<unknown> {
  const cloudEnvironment = () => Promise.resolve(token);
  return await buildImage({ root: repository, ...given }, testEffects({ cloudEnvironment, ...effects }));
}

describe("buildImage", () => {
  it("makes the payload, runs Packer with it and gives the snapshot", async () => {
    const { steps, runTool } = tools();
    expect(await build({ region: "ams3", name: "test.1" }, { runTool })).toEqual({ id: "146288445", region: "ams3" });
    const scripts = steps.map(({ words }) => words.slice(0, 2).map((word) => word.split("/").at(-1)));
    expect(scripts).toEqual([
      ["packer", "version"],
      ["node", "main.ts"],
      ["node", "openClawArchive.ts"],
      ["node", "payload.ts"],
      ["packer", "build"],
    ]);
    const packer = steps.at(-1)?.words ?? [];
    expect(packer).toContain("region=ams3");
    expect(packer).toContain("snapshot_name=office-claws-agent-test.1");
    expect(packer.at(-1)).toBe(join(repository, "agent-image/agent.pkr.hcl"));
  });

  it("takes a payload that is there already", async () => {
    const { steps, runTool } = tools();
    await build({ payload: "/payload" }, { runTool });
    expect(steps.map(({ words }) => words.slice(0, 2))).toEqual([
      ["packer", "version"],
      ["packer", "build"],
    ]);
    expect(steps.at(-1)?.words).toContain("payload=/payload");
  });

  it("leaves region and name to the template when they are not given", async () => {
    const { steps, runTool } = tools();
    await build({ payload: "/payload" }, { runTool });
    expect(steps.at(-1)?.words.filter((word) => /^(?:region|snapshot_name)=/.test(word))).toEqual([]);
  });

  it("hands the token to Packer alone, by its environment, and no other credential", async () => {
    const { steps, runTool } = tools();
    await build({}, { runTool });
    const environments = steps.map(({ options }) => options.environment);
    expect(environments.slice(0, -1).flatMap(Object.keys)).toEqual([]);
    expect(environments.at(-1)).toEqual({ DIGITALOCEAN_TOKEN: "dop_v1_x", CHECKPOINT_DISABLE: "1" });
    expect(steps.flatMap(({ words }) => words).filter((word) => word.includes("dop_v1_x"))).toEqual([]);
  });

  it("hands no credential of the environment to the steps before, and the token alone to Packer", async () => {
    const { steps, runTool } = tools();
    const environment = { ...token, AWS_SECRET_ACCESS_KEY: "a", CLAWS_AGE_KEY: "k", PATH: "/bin", LANG: "C" };
    await build({}, { runTool, environment, cloudEnvironment: () => Promise.resolve(environment) });
    const environments = steps.map(({ options }) => options.environment);
    const harmless = { PATH: "/bin", LANG: "C" };
    expect(environments.slice(0, -1)).toEqual(steps.slice(0, -1).map(() => harmless));
    expect(environments.at(-1)).toEqual({ ...harmless, DIGITALOCEAN_TOKEN: "dop_v1_x", CHECKPOINT_DISABLE: "1" });
  });

  it("takes the other name of the token", async () => {
    const { steps, runTool } = tools();
    const cloudEnvironment = () => Promise.resolve({ DIGITALOCEAN_ACCESS_TOKEN: "other" });
    await build({ payload: "/payload" }, { runTool, cloudEnvironment });
    expect(steps.at(-1)?.options.environment).toMatchObject({ DIGITALOCEAN_TOKEN: "other" });
  });

  it("leaves nothing of its own behind, whether it worked or not", async () => {
    const { steps, runTool } = tools();
    await build({}, { runTool });
    const failing = tools((words) => (words[1] === "build" ? { code: 1 } : undefined));
    await build({}, { runTool: failing.runTool }).catch(() => undefined);
    const manifests = [...steps, ...failing.steps]
      .flatMap(({ words }) => words)
      .filter((word) => word.startsWith("manifest="));
    expect(manifests).toHaveLength(2);
    for (const word of manifests) await expect(access(dirname(word.slice(9)))).rejects.toThrow("ENOENT");
  });

  it.each([
    ["no token", { cloudEnvironment: () => Promise.resolve({}) }, {}, "DIGITALOCEAN_TOKEN is not set"],
    ["a region that is none", {}, { region: "ams3 -force" }, "--region must be a region such as ams3"],
    ["a name that is none", {}, { name: "-x" }, "--name must be letters, digits, hyphens and periods"],
  ])("runs nothing with %s", async (_what, effects, given, message) => {
    const { steps, runTool } = tools();
    await expect(build(given, { runTool, ...effects })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(message),
    });
    expect(steps).toEqual([]);
  });

  it.each([
    ["packer version", ["version"], 'cannot use packer: "packer version" ended with exit code 9'],
    ["the toolchain", ["resolve"], "cannot find the programs: toolchain/main.ts ended with exit code 9"],
    [
      "the archive",
      ["agent-image/openClawArchive.ts"],
      "cannot pack OpenClaw: agent-image/openClawArchive.ts ended with exit code 9",
    ],
    [
      "the payload",
      ["agent-image/payload.ts"],
      "cannot put the payload together: agent-image/payload.ts ended with exit code 9",
    ],
    ["packer build", ["build"], "cannot build the image: packer ended with exit code 9"],
  ])("stops when %s fails", async (_what, [word = ""], message) => {
    const { runTool } = tools((words) => (words.includes(word) ? { code: 9 } : undefined));
    await expect(build({}, { runTool })).rejects.toMatchObject({ exitCode: 1, message });
  });

  it("stops when the toolchain does not name the programs", async () => {
    const { runTool } = tools((words) => (words.includes("resolve") ? { stdout: '{"tailscale":"/t"}' } : undefined));
    await expect(build({}, { runTool })).rejects.toThrow("the toolchain did not name them");
  });

  it.each([["version"], ["resolve"], ["agent-image/openClawArchive.ts"], ["agent-image/payload.ts"]])(
    "is interrupted and did not fail when Ctrl-C comes during %s",
    async (word) => {
      const stop = new AbortController();
      const { steps, runTool } = tools((words) => {
        if (!words.includes(word)) return undefined;
        stop.abort();
        return { code: 130 };
      });
      const run = build({}, { runTool, signal: stop.signal });
      await expect(run).rejects.toMatchObject({ exitCode: 130, message: "interrupted: nothing was made" });
      expect(steps.at(-1)?.words).toContain(word);
    },
  );

  it("says after Ctrl-C where to look for what Packer left", async () => {
    const stop = new AbortController();
    const { runTool } = tools((words) => {
      if (words[1] !== "build") return undefined;
      stop.abort();
      return { code: 1 };
    });
    const run = build({}, { runTool, signal: stop.signal });
    await expect(run).rejects.toMatchObject({
      exitCode: 130,
      hints: [expect.stringContaining("office-claws-image-build")],
    });
  });
});

describe("claws image build", () => {
  it("prints the ID alone on stdout", async () => {
    const { runTool } = tools();
    const terminal = recordTerminal();
    const cloudEnvironment = () => Promise.resolve(token);
    const effects = { runTool, terminal, cloudEnvironment, workingDirectory: repository };
    const { exitCode } = await runClaws(["image", "build"], effects);
    expect(exitCode).toBe(0);
    expect(terminal.stdout()).toBe("146288445\n");
    expect(terminal.stderr()).toContain('name it in the stack\'s file: image: "146288445"');
  });

  it("says outside of a clone that the template is not there", async () => {
    await writeFile(join(folder(), "Pulumi.yaml"), "name: x\n");
    const { exitCode, stderr } = await runClaws(["image", "build"], { workingDirectory: folder() });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("there is no image template in");
  });

  it("as the real program runs the packer on the PATH and shows what it says on stderr", async () => {
    const bin = join(folder(), "bin");
    await mkdir(bin);
    const script = `#!/bin/sh
[ "$1" = version ] && exit 0
[ -n "$DIGITALOCEAN_TOKEN" ] || exit 5
for word; do case $word in manifest=*) printf '%s' '${manifest}' > "\${word#manifest=}";; esac; done
echo building
`;
    await writeFile(join(bin, "packer"), script, { mode: 0o755 });
    const environment = { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: folder(), DIGITALOCEAN_TOKEN: "dop_v1_x" };
    const run = await spawnClaws(["image", "build", "--payload", "/payload"], { environment, folder: repository });
    expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({ exitCode: 0, stdout: "146288445\n" });
    expect(run.stderr).toContain("building\n");
  });
});
