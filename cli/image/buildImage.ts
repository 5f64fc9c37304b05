// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkClone } from "../checkClone.ts";
import { digitalOceanToken } from "../digitalOcean.ts";
import type { Effects } from "../effects.ts";
import { withoutSecrets, type Environment } from "../environment.ts";
import { failure, Interrupted, UserError } from "../errors.ts";
import { IMAGE_NAME_PREFIX } from "./agentImages.ts";
import { readManifest, type BuiltImage } from "./manifest.ts";
import { makePayload } from "./payload.ts";

/** What {@link buildImage} makes. */
export interface ImageBuild {
  /** Root of the clone. */
  readonly root: string;
  /** Folder that agent-image/payload.ts made; made for this build if absent. */
  readonly payload?: string | undefined;
  /** The template's own if absent. */
  readonly region?: string | undefined;
  /** Name of the snapshot, after the prefix that all have; the time of the build if absent. */
  readonly name?: string | undefined;
}

type Needed = Pick<Effects, "cloudEnvironment" | "environment" | "runTool" | "signal" | "terminal">;

/**
 * Makes the agent image with Packer, from this clone. What is needed is looked at before anything is made.
 *
 * @throws UserError exit 2 when something is missing, exit 1 when a step failed
 */
export async function buildImage(build: ImageBuild, effects: Needed): Promise<BuiltImage> {
  checkClone(build.root, "image template", ["agent-image/agent.pkr.hcl", "toolchain/main.ts"]);
  checkWords(build);
  const environment = await credentials(effects);
  await checkPacker(build.root, effects);
  const folder = await mkdtemp(join(tmpdir(), "claws-image-"));
  try {
    const payload = build.payload ?? (await makePayload(build.root, join(folder, "payload"), effects));
    const manifest = join(folder, "manifest.json");
    await runPacker({ ...build, payload }, manifest, environment, effects);
    return await readManifest(manifest);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function checkWords({ region = "nyc3", name = "x" }: ImageBuild): void {
  if (!/^[a-z]{2,4}\d{1,2}$/.test(region))
    throw new UserError(`--region must be a region such as ams3, not "${region}"`);
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$/.test(name))
    throw new UserError(`--name must be letters, digits, hyphens and periods, not "${name}"`);
}

/** Of what the vault or the environment may hold, Packer gets the token and nothing else. */
async function credentials({ cloudEnvironment, environment }: Needed): Promise<Environment> {
  const token = digitalOceanToken(await cloudEnvironment());
  if (token !== undefined) return { ...withoutSecrets(environment), DIGITALOCEAN_TOKEN: token };
  throw new UserError("DIGITALOCEAN_TOKEN is not set, and Packer needs it", [
    "make a token at https://cloud.digitalocean.com/account/api/tokens and export it",
    "or store it in the vault: claws vault credentials set DIGITALOCEAN_TOKEN",
  ]);
}

async function checkPacker(root: string, effects: Needed): Promise<void> {
  const { runTool, signal } = effects;
  const environment = withoutSecrets(effects.environment);
  const { code } = await runTool(["packer", "version"], { folder: root, environment, signal, stdout: "collect" });
  if (signal.aborted) throw new Interrupted("nothing was made");
  if (code !== 0) throw failure(`cannot use packer: "packer version" ended with exit code ${code}`);
}

async function runPacker(
  { root, payload, region, name }: ImageBuild & { readonly payload: string },
  manifest: string,
  environment: Environment,
  { runTool, signal, terminal }: Needed,
): Promise<void> {
  const variables = {
    payload,
    manifest,
    region,
    snapshot_name: name === undefined ? name : `${IMAGE_NAME_PREFIX}${name}`,
  };
  const words = Object.entries(variables).flatMap(([key, value]) =>
    value === undefined ? [] : ["-var", `${key}=${value}`],
  );
  terminal.notice("packer makes a droplet, a snapshot of it, and removes the droplet: about ten minutes");
  const template = join(root, "agent-image", "agent.pkr.hcl");
  // It says nothing of itself to its maker.
  const env = { ...environment, CHECKPOINT_DISABLE: "1" };
  const { code } = await runTool(["packer", "build", ...words, template], { folder: root, environment: env, signal });
  if (signal.aborted)
    throw new Interrupted(
      `packer ended with exit code ${code}`,
      "look for a droplet with the tag office-claws-image-build: claws doctor, or DigitalOcean's console",
    );
  if (code !== 0)
    throw failure(
      `cannot build the image: packer ended with exit code ${code}`,
      "its last lines above say why",
      "Packer 1.11 or newer needs its plugin first: packer init agent-image/packer-new",
    );
}
