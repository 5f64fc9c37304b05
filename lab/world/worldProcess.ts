// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { inNamespace, internetNamespace } from "../network/namespaces.ts";
import { runVariable } from "../reaper.ts";
import type { AdminClient } from "./adminClient.ts";
import { adminClient } from "./adminClient.ts";
import type { WorldConfig } from "./worldConfig.ts";

/**
 * Starts the process that plays the outside world, in the internet namespace of the run, and waits until all of it answers. It dies with this process.
 * @throws with the end of its log when it does not come up.
 */
export async function startWorldProcess(config: WorldConfig): Promise<AdminClient> {
  const configFile = path.join(config.directory, "world.json");
  const logFile = path.join(config.directory, "world.log");
  await writeFile(configFile, JSON.stringify(config), { mode: 0o600 });
  const child = await spawnWorld(config.run, configFile, logFile);
  try {
    await readiness(child);
  } catch (cause) {
    const log = await readFile(logFile, "utf8");
    throw new Error(`cannot start the lab's world: ${lastError(log)}`, { cause });
  }
  return adminClient(path.join(config.directory, "admin.sock"));
}

async function spawnWorld(run: string, configFile: string, logFile: string): Promise<ChildProcess> {
  const program = path.join(import.meta.dirname, "main.ts");
  const node = [
    "setpriv",
    "--pdeathsig",
    "KILL",
    "--",
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    program,
  ];
  const [command = "", ...args] = inNamespace(internetNamespace(run), [...node, configFile]);
  const log = await open(logFile, "a", 0o600);
  try {
    // A session of its own: Ctrl-C ends the lab through its owner, in order.
    return spawn(command, args, {
      detached: true,
      stdio: ["ignore", "pipe", log.fd],
      env: { PATH: process.env["PATH"], HOME: path.dirname(configFile), [runVariable]: run },
    });
  } finally {
    await log.close();
  }
}

/** Resolves at the line "ready". */
async function readiness(child: ChildProcess): Promise<void> {
  const { stdout } = child;
  if (stdout === null) throw new Error("it has no output");
  const lines = createInterface({ input: stdout });
  const ready = new Promise<void>((resolve) => lines.on("line", (line) => line === "ready" && resolve()));
  const ended = once(child, "exit").then(([code, signal]) => {
    throw new Error(`it ended with ${String(code ?? signal)}`);
  });
  await Promise.race([ready, ended]);
  ended.catch(() => undefined);
  // Neither the child nor its pipe may keep the owner's process from ending.
  child.unref();
  stdout.destroy();
}

function lastError(log: string): string {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? "it wrote nothing to its log";
}
