// SPDX-License-Identifier: Apache-2.0
import type { Check } from "./doctor.ts";
import type { Effects } from "./effects.ts";
import { runEngine } from "./engine.ts";
import { failure, UserError } from "./errors.ts";
import { findIdentities } from "./identities.ts";
import { askNode, checkNode } from "./nodeOnPath.ts";
import { policyPacks } from "./policyPack.ts";
import { checkPassphrase } from "./passphrase.ts";
import { configuredStacks, findProject, vaultPath } from "./project.ts";
import { currentKeys } from "./vaultDocument.ts";
import { readVault } from "./vault.ts";

const OLDEST_PULUMI = [3, 200] as const;

/** Where the checks look. */
export interface Whereabouts {
  readonly cwd?: string;
  readonly vault?: string;
}

/** Everything that must be right for the other commands, each with its fix. Nothing is changed. */
export function doctorChecks(effects: Effects, where: Whereabouts): readonly Check[] {
  const { environment, workingDirectory } = effects;
  return [
    { title: "node", run: async () => checkNode(await askNode(environment)) },
    {
      title: "pulumi",
      run: async () =>
        checkPulumi((await runEngine(["version"], { folder: workingDirectory, environment })).stdout.trim()),
    },
    {
      title: "policy pack",
      run: async () => await Promise.resolve(policyPacks(environment, workingDirectory).join(", ")),
    },
    { title: "project", run: async () => await Promise.resolve(checkProject(workingDirectory, where.cwd)) },
    { title: "passphrase", run: async () => checkPassphrase(await effects.cloudEnvironment()) },
    { title: "DigitalOcean", run: async () => await checkDigitalOcean(effects) },
    {
      title: "Tailscale API",
      run: async () => `answers, ${(await (await effects.tailscaleApi()).devices()).length} devices`,
    },
    { title: "tailscaled", run: async () => await checkTailscaled(effects) },
    { title: "identity", run: async () => await checkIdentity(effects) },
    { title: "vault", run: async () => await checkVault(effects, where) },
    { title: "clock", run: async () => await Promise.resolve(checkClock(effects.now())) },
  ];
}

/** @throws UserError when the version cannot be read or is too old for executable policy packs */
export function checkPulumi(version: string): string {
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  if (Number(major) === OLDEST_PULUMI[0] && Number(minor) >= OLDEST_PULUMI[1]) return version;
  throw failure(
    `version ${version === "" ? "unknown" : version} is not one of ${OLDEST_PULUMI[0]}.${OLDEST_PULUMI[1]} or later`,
    "npm run toolchain",
  );
}

function checkProject(from: string, cwd?: string): string {
  const project = findProject(from, cwd);
  const stacks = configuredStacks(project);
  if (stacks.length === 0)
    throw new UserError(`"${project.configFolder}" has no file Pulumi.<stack>.yaml`, [
      "list your agents in one, as the README shows",
    ]);
  return `${project.root}, stacks ${stacks.join(", ")}`;
}

async function checkDigitalOcean({ digitalOcean }: Effects): Promise<string> {
  const { status, dropletLimit } = await (await digitalOcean()).account();
  if (status !== "active") throw failure(`the account is "${status}"`, "look at the account in DigitalOcean's console");
  return `the token works, at most ${dropletLimit} droplets`;
}

async function checkTailscaled({ tailnetStatus }: Effects): Promise<string> {
  const { backendState, tun, peers } = await tailnetStatus();
  if (backendState !== "Running") throw failure(`is in state ${backendState}`, "tailscale up");
  if (!tun)
    throw failure(
      "uses userspace networking, so this machine cannot open connections to agents",
      "start tailscaled without --tun=userspace-networking",
    );
  return `running, ${peers.length} nodes in sight`;
}

async function checkIdentity({ environment, readPassphrase }: Effects): Promise<string> {
  const found = await findIdentities(environment, readPassphrase);
  if (found === undefined)
    throw new UserError("no age identity was found", [
      "claws vault init makes one, or name yours with CLAWS_AGE_KEY_FILE",
    ]);
  return found.source;
}

async function checkVault(
  { environment, workingDirectory, readPassphrase }: Effects,
  where: Whereabouts,
): Promise<string> {
  const path = vaultPath(workingDirectory, environment, where);
  const { recipients, ...document } = await readVault({ path, environment, readPassphrase });
  return `${path}, ${currentKeys({ recipients, ...document }).length} keys for ${recipients.length} recipients`;
}

/** The release's own year is the only yardstick that needs nobody else. */
function checkClock(now: Date): string {
  if (now.getUTCFullYear() >= 2026) return now.toISOString();
  throw failure(`says ${now.toISOString()}`, "set it: with a wrong clock, TLS and the short life of auth keys fail");
}
