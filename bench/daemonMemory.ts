// SPDX-License-Identifier: Apache-2.0
// Row 18: what the daemon keeps in memory while nobody asks for anything, beside a Node that does nothing.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { listPayload, writePayload } from "../agent-image/payload.ts";
import { startFakeLocalApi } from "../tests/support/fakeLocalApi.ts";
import { residentKiB } from "./broker/load.ts";
import { readDaemonStart } from "./daemonStart.ts";
import type { Benchmark } from "./result.ts";
import { inRounds, median } from "./statistics.ts";

const repository = resolve(import.meta.dirname, "..");
const facts = {
  officeClaws: 1,
  hostname: "bench",
  tag: "tag:agent",
  controlUrl: "https://control.example",
  runtime: "hello",
  providers: ["anthropic"],
};
// V8 gives memory back a moment after the work of starting is done.
const settledMilliseconds = 3_000;

/** Resident memory of the daemon as the image ships and starts it, sealed, with its control API open. */
export const daemonMemory: Benchmark = async ({ short, onProgress }) => {
  onProgress("row 18: the daemon and a bare Node, idle");
  const folder = await mkdtemp(join(tmpdir(), "claws-"));
  const tailscaled = await startFakeLocalApi(join(folder, "tailscaled.sock"));
  try {
    const argv = await installDaemon(folder);
    const { environment } = await readDaemonStart();
    const figures = await inRounds(short ? 1 : 3, {
      bare: () => memoryOf(["-e", "setInterval(() => {}, 1e6); console.log('listening');"], folder),
      ours: () => memoryOf(argv, folder, environment),
    });
    const [ours, bare] = [median(figures.ours), median(figures.bare)];
    const ratio = ours / bare;
    const shown = (kib: number): string => `${(kib / 1024).toFixed(1)} MB`;
    const what = "daemon: resident memory, idle";
    const peer = `${shown(bare)} bare Node`;
    return [{ row: 18, what, ours: shown(ours), peer, ratio, goal: "<= 1.4x", met: ratio <= 1.4 }];
  } finally {
    await tailscaled.close();
    await rm(folder, { recursive: true });
  }
};

/** Puts the shipped programs into the folder. @returns Node's arguments, with the options that the unit gives it */
async function installDaemon(folder: string): Promise<readonly string[]> {
  const payload = join(folder, "payload");
  // Only the code is used; the programs of the payload are whatever file is at hand.
  const program = join(repository, "package.json");
  const sources = { repository, node: program, tailscale: program, tailscaled: program };
  await writePayload(await listPayload(sources), payload);
  // As long a path as on the droplet: the longer it is, the more of the loader V8 compiles, with a compiler that then stays.
  const home = join(folder, "p");
  await rename(join(payload, "source"), home);
  await writeFile(join(home, "package.json"), '{ "type": "module" }\n');
  await writeFile(join(folder, "agent.json"), JSON.stringify(facts));
  await mkdir(join(folder, "state"));
  const { options } = await readDaemonStart();
  const places = { config: "agent.json", socket: "tailscaled.sock", state: "state", run: "state", user: "nobody" };
  return [
    ...options,
    join(home, "agent-image/daemon/main.js"),
    ...Object.entries(places).flatMap(([name, value]) => [`--${name}`, value]),
    ...["--control-port", "0", "--broker-port", "0"],
  ];
}

/** Starts Node, and measures it when it says that it listens and has come to rest. */
async function memoryOf(argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<number> {
  await rm(join(cwd, "state/audit.jsonl"), { force: true });
  const child = spawn(process.execPath, argv, { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
  try {
    await untilListening(child);
    await wait(settledMilliseconds);
    return await residentKiB(child.pid ?? 0);
  } finally {
    child.kill("SIGTERM");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
}

async function untilListening(child: ChildProcess): Promise<void> {
  let output = "";
  for await (const text of child.stdout?.setEncoding("utf8").iterator({ destroyOnReturn: false }) ?? []) {
    output += String(text);
    if (/(?:^|")listening/m.test(output)) return;
  }
  throw new Error(`the process ended before it listened: ${output}`);
}
