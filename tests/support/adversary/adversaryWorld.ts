// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finishCommand, runCommand as run, type CommandResult } from "../../../lab/network/command.ts";
import type { Canary } from "../../../scripts/demo/canaries.ts";
import { makeCanary } from "../../../scripts/demo/canaries.ts";
import { succeed } from "../../../scripts/demo/demoFailure.ts";
import { fetchStatus } from "../../../scripts/demo/statusRows.ts";
import { startStoryLab, type StoryLab, withoutWaits } from "../storyLab.ts";
import type { Variant } from "./attempt.ts";

/** One droplet with a key in its daemon, and somebody hostile in it. */
export interface AdversaryWorld {
  readonly story: StoryLab;
  readonly canary: Canary;
  /** Process of clawsd as the droplet counts. */
  readonly daemonPid: string;
  readonly address: string;
  /** Runs a command as root inside. */
  inside(...argv: readonly string[]): Promise<CommandResult>;
  /** Runs attempts' programs, one after the other, as the workload's user. @returns what each printed, standard error included, trimmed */
  attack(variant: Variant, attempts: readonly (readonly string[])[]): Promise<readonly string[]>;
  /** Puts addresses and paths in the place of the words in braces. */
  fill(text: string): string;
}

const agent = "ada";
/** Readable by everybody inside, writable by root. */
const folder = "/srv/adversary";
const asAgent = ["setpriv", "--reuid", "agent", "--regid", "agent", "--clear-groups"];

/** Brings an agent up with its key and puts the hostile programs into its droplet. */
export async function startAdversaryWorld(): Promise<AdversaryWorld> {
  const story = await startStoryLab({ [agent]: ["anthropic"] });
  const canary = makeCanary(agent, "anthropic", 1);
  const { operator, stack, lab } = story;
  succeed("claws vault init", await operator.claws(["vault", "init"]));
  succeed(
    "claws keys set",
    await operator.claws(["keys", "set", "anthropic", "--agent", agent], { input: canary.value }),
  );
  succeed("claws up", await operator.claws(["up", "--stack", stack], withoutWaits));
  const inside = async (...argv: readonly string[]): Promise<CommandResult> =>
    finishCommand(await lab.inside(agent, argv), {
      environment: { PATH: process.env["PATH"] ?? "" },
      timeout: 120_000,
    });
  const [droplet] = await lab.droplets();
  const [row] = await fetchStatus(operator, stack);
  if (droplet === undefined || row === undefined) throw new Error("cannot attack: there is no droplet");
  await installPrograms(`/proc/${droplet.leaderPid ?? 0}/root`);
  await inside("systemctl", "daemon-reload");
  const daemonPid = (await inside("systemctl", "show", "-P", "MainPID", "clawsd")).stdout.trim();
  const words = wordsOf({ daemonPid, public: droplet.address, addresses: await addressesOf(story) });
  return {
    ...{ story, canary, daemonPid, address: row.address, inside },
    attack: (variant, attempts) =>
      attackAll(
        inside,
        variant,
        attempts.map((argv) => argv.map((word) => fill(word, words))),
      ),
    fill: (text) => fill(text, words),
  };
}

async function installPrograms(root: string): Promise<void> {
  const target = join(root, folder);
  await mkdir(target, { recursive: true });
  const probe = join(import.meta.dirname, "probe.c");
  await run(["gcc", "-static", "-O1", "-Wall", "-Wextra", "-o", join(target, "probe"), probe], { timeout: 60_000 });
  for (const name of ["dial.ts", "sendRaw.ts", "flood.ts"]) {
    await copyFile(join(import.meta.dirname, "inside", name), join(target, name));
  }
  const unit = await readFile(join(root, "etc/systemd/system/claws-workload.service"), "utf8");
  await writeFile(join(root, "run/systemd/system/claws-attack.service"), renderAttackUnit(unit));
}

/** The workload's unit with everything that shuts it in, and another program. */
export function renderAttackUnit(workload: string): string {
  const [, service = ""] = workload.split(/^\[Service\]$/m);
  const [settings = ""] = service.split(/^\[Install\]$/m);
  const kept = settings.split("\n").filter((line) => !/^(?:Exec|Restart|Type=|Timeout)/.test(line));
  return [
    ...[
      "[Unit]",
      "StartLimitIntervalSec=0",
      "[Service]",
      ...kept,
      "Type=oneshot",
      `ExecStart=/bin/sh ${folder}/attempt`,
      "TimeoutStartSec=110s",
    ],
    ...[`StandardOutput=truncate:${folder}/output`, "StandardError=inherit", ""],
  ].join("\n");
}

/** Runs all in one shell inside: a unit's start for each would take longer than the attempts themselves. */
async function attackAll(
  inside: AdversaryWorld["inside"],
  variant: Variant,
  attempts: readonly (readonly string[])[],
): Promise<readonly string[]> {
  const mark = `=== ${randomBytes(8).toString("hex")} ===`;
  const script = attempts.map(
    (argv) => `${MAX_TIME} ${argv.map(quote).join(" ")} 2>&1 </dev/null; echo; echo '${mark}'`,
  );
  const save = await inside("sh", "-c", `printf '%s\\n' "$1" >${folder}/attempt`, "save", script.join("\n"));
  if (save.code !== 0) throw new Error(`cannot attack: ${save.stderr}`);
  const start = variant === "bare" ? [...asAgent, "sh", `${folder}/attempt`] : ["sh", "-c", inSandbox];
  // The unit fails where the last attempt does: what counts is what was printed.
  const printed = (await inside(...start)).stdout.split(mark);
  if (printed.length !== attempts.length + 1)
    throw new Error(`cannot attack: only ${printed.length - 1} attempts ended`);
  return printed.slice(0, -1).map((text) => text.trim());
}

const MAX_TIME = "timeout --signal=KILL 15";
const inSandbox = `systemctl start claws-attack; cat ${folder}/output`;

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

interface Addresses {
  readonly own: readonly string[];
  readonly operator: readonly string[];
}

async function addressesOf({ lab }: StoryLab): Promise<Addresses> {
  const devices = await lab.devices();
  const named = (name: string) => devices.find(({ hostname }) => hostname === name)?.addresses ?? [];
  return { own: named(agent), operator: named("operator") };
}

function wordsOf(facts: { daemonPid: string; public: string; addresses: Addresses }): ReadonlyMap<string, string> {
  const { own, operator } = facts.addresses;
  const one = (all: readonly string[], form: RegExp): string => all.find((address) => form.test(address)) ?? "none";
  return new Map([
    ["{clawsd}", facts.daemonPid],
    ["{public}", facts.public],
    ["{tailnet4}", one(own, /^\d/)],
    ["{tailnet6}", one(own, /:/)],
    ["{operator}", one(operator, /^\d/)],
    ...["probe", "dial.ts", "sendRaw.ts", "flood.ts"].map(
      (name) => [`{${name.replace(/\.ts$/, "")}}`, `${folder}/${name}`] as const,
    ),
  ]);
}

/** `{token}` stays: only the program inside can read it. */
function fill(text: string, words: ReadonlyMap<string, string>): string {
  return [...words].reduce((filled, [word, value]) => filled.replaceAll(word, value), text);
}
