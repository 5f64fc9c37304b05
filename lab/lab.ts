// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { mkdir, realpath } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { RequestRecord } from "./digitalocean/requestLog.ts";
import { insideMachine, isLeader } from "./droplet/nspawn.ts";
import type { LabParts } from "./labParts.ts";
import { startParts } from "./labParts.ts";
import type { Toolchain } from "./labToolchain.ts";
import type { ModelRequest } from "./llm/modelProvider.ts";
import { controlPlaneName } from "./network/addresses.ts";
import { dropletNamespace, internetNamespace, operatorNamespace } from "./network/namespaces.ts";
import { inPrivateNamespace } from "./network/privateNamespace.ts";
import { claimRun, removeLab, sweepLab } from "./reaper.ts";
import type { KnownLab } from "./reaperOwner.ts";
import { assertRequirements } from "./requirements.ts";
import { stopOnSignals } from "./stopOnSignals.ts";
import type { HeadscaleNode } from "./tailnet/headscaleRecords.ts";
import type { AdminClient } from "./world/adminClient.ts";
import type { LabDroplet, PowerButton } from "./world/adminRoutes.ts";

/** How to start a lab. */
export interface LabOptions {
  readonly toolchain: Toolchain;
  /** Tailnet policy (HuJSON); the operator's user is `op@`. @default one that allows nothing */
  readonly policy?: string;
  /** Workloads that droplets can run besides `hello`. OpenClaw makes the image 450 MB larger. @default none */
  readonly workloads?: readonly "openclaw"[];
  /** Folder for root filesystems and the lab's own folder. @default $CLAWS_CACHE, else office-claws in the user's cache folder */
  readonly cache?: string;
  /** Gets a line for each long step. @default nobody */
  readonly onProgress?: (line: string) => void;
}

/** A running rehearsal of DigitalOcean, Tailscale, the model providers and the internet between them. */
export interface Lab {
  /** Six hex digits that all names of this lab carry. */
  readonly id: string;
  readonly directory: string;
  /** Numeric ID of the snapshot that droplets boot. */
  readonly imageId: string;
  readonly controlUrl: string;
  /** The whole environment for the operator's commands. */
  readonly environment: Readonly<Record<string, string>>;
  /** Which provider plugins `pulumi` uses there, in words: official ones on the PATH, or the lab's stand-ins. */
  readonly providers: string;
  /** The world's own switches: faults, request logs and what else has no method here. */
  readonly admin: AdminClient;
  /** Arguments that run a command on the operator's machine. */
  operator(argv: readonly string[]): readonly string[];
  /** Arguments that run a command on the public internet. */
  internet(argv: readonly string[]): readonly string[];
  /** Arguments that run a command as root inside of a droplet. Rejects when there is no such droplet or it is off. */
  inside(name: string, argv: readonly string[]): Promise<readonly string[]>;
  droplets(): Promise<readonly LabDroplet[]>;
  modelRequests(): Promise<readonly ModelRequest[]>;
  digitalOceanRequests(): Promise<readonly RequestRecord[]>;
  /** Nodes of the tailnet. */
  devices(): Promise<readonly HeadscaleNode[]>;
  setPolicy(text: string): Promise<void>;
  /** Pulls the plug of a droplet; its disk stays. */
  powerCut(name: string): Promise<void>;
  powerOn(name: string): Promise<void>;
  reboot(name: string): Promise<void>;
  /** Removes everything of the lab. May be called again. */
  stop(): Promise<void>;
}

const nothingAllowed = '{"grants": []}';

/**
 * Starts a lab of its own, next to any other, after removing what dead ones left. It ends with `stop()`, with a signal to this process, or at the latest
 * with the next start after this process is gone. Needs root on Linux.
 * @throws RequirementsError when this machine cannot run a lab; an Error when a part does not start, with nothing left behind.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  await assertRequirements();
  const cache = await createCache(options.cache ?? defaultCache(process.env));
  const run = randomBytes(3).toString("hex");
  const known: KnownLab = { run, directory: path.join(cache, "lab", run) };
  await claimRun(known);

  const { toolchain, policy = nothingAllowed, workloads = [], onProgress = () => undefined } = options;
  const withOpenClaw = workloads.includes("openclaw");
  const starting = startParts({ ...known, cache, toolchain, policy, withOpenClaw, onProgress });
  const stop = stopOnce(known, starting);
  const forgetSignals = stopOnSignals(stop);
  const stopAndForget = (): Promise<void> => {
    forgetSignals();
    return stop();
  };
  try {
    return labOf(known, await starting, stopAndForget);
  } catch (error) {
    await stopAndForget();
    throw error;
  }
}

/** Where the lab keeps what outlives it. */
export function defaultCache(environment: NodeJS.ProcessEnv): string {
  const { CLAWS_CACHE, XDG_CACHE_HOME } = environment;
  return CLAWS_CACHE ?? path.join(XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache"), "office-claws");
}

/** The real path: the kernel names mounts by it. */
async function createCache(cache: string): Promise<string> {
  await mkdir(cache, { recursive: true, mode: 0o700 });
  return realpath(cache);
}

function stopOnce(known: KnownLab, starting: Promise<unknown>): () => Promise<void> {
  let stopping: Promise<void> | null = null;
  let isStarting = true;
  starting.then(
    () => (isStarting = false),
    () => (isStarting = false),
  );
  const remove = async (): Promise<void> => {
    if (isStarting) {
      // Steps under way go on for a moment and may still make something: the run stays registered until they are over.
      await sweepLab(known);
      await starting.catch(() => undefined);
    }
    await removeLab(known);
  };
  return () => (stopping ??= remove());
}

function labOf({ run, directory }: KnownLab, parts: LabParts, stop: () => Promise<void>): Lab {
  const { admin, resolver } = parts;
  const droplets = (): Promise<readonly LabDroplet[]> => admin.call("GET", "/droplets");
  const press = async (name: string, button: PowerButton): Promise<void> => {
    const { dropletId } = pickDroplet(await droplets(), name);
    await admin.call("POST", `/droplets/${dropletId}/power`, button);
  };
  return {
    id: run,
    directory,
    imageId: parts.imageId,
    controlUrl: `https://${controlPlaneName}`,
    environment: parts.environment,
    providers: parts.providers,
    admin,
    operator: (argv) => inPrivateNamespace(operatorNamespace(run), resolver, argv),
    internet: (argv) => inPrivateNamespace(internetNamespace(run), resolver, argv),
    inside: async (name, argv) => inDroplet(run, pickDroplet(await droplets(), name), argv),
    droplets,
    modelRequests: () => admin.call("GET", "/model/requests"),
    digitalOceanRequests: () => admin.call("GET", "/digitalocean/requests"),
    devices: () => admin.call("GET", "/devices"),
    setPolicy: (text) => admin.call("PUT", "/policy", text),
    powerCut: (name) => press(name, "cut"),
    powerOn: (name) => press(name, "on"),
    reboot: (name) => press(name, "reboot"),
    stop,
  };
}

function pickDroplet(droplets: readonly LabDroplet[], name: string): LabDroplet {
  const named = droplets.filter((droplet) => droplet.name === name);
  const [droplet] = named;
  if (droplet === undefined) throw new Error(`cannot find the droplet "${name}": the lab has ${listNames(droplets)}`);
  if (named.length > 1) throw new Error(`cannot pick the droplet "${name}": the lab has ${named.length} of that name`);
  return droplet;
}

function listNames(droplets: readonly LabDroplet[]): string {
  return droplets.map(({ name }) => name).join(", ") || "none";
}

async function inDroplet(run: string, droplet: LabDroplet, argv: readonly string[]): Promise<readonly string[]> {
  const { dropletId, name, leaderPid } = droplet;
  if (leaderPid === null) throw new Error(`cannot run a command inside of "${name}": it is off`);
  if (!(await isLeader(leaderPid, dropletNamespace(run, dropletId)))) {
    throw new Error(`cannot run a command inside of "${name}": process ${leaderPid} is not its systemd any more`);
  }
  return insideMachine(leaderPid, argv);
}
