// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { processesInControlGroups, removeControlGroups } from "./controlGroup.ts";
import type { NspawnOptions } from "./nspawn.ts";
import { findLeader, readSystemState, rebootExitCode, startNspawn, systemdSignal } from "./nspawn.ts";
import type { ProcessIdentity } from "./procfs.ts";
import { readProcessState, signalProcess } from "./procfs.ts";

/** How long a machine may take, in milliseconds. */
export interface MachinePatience {
  /** From power on until systemd answers; after that the machine counts as failed. */
  readonly boot: number;
  /** For units that are still starting then; a machine that is not done by then counts as booted all the same, as in a cloud. */
  readonly settle: number;
  /** For an orderly shutdown. */
  readonly shutdown: number;
}

/** One life of the machine from power on to power off. */
interface Boot {
  readonly leader: ProcessIdentity;
  /** Exit code of nspawn, null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Milliseconds between two looks at a machine that is coming up or going down. */
const lookAgain = 20;

/** A droplet's machine over a root that is mounted already: systemd-nspawn, watched, with power buttons. */
export class Machine {
  readonly #options: NspawnOptions;
  readonly #patience: MachinePatience;
  #wanted: "on" | "off" = "off";
  #boot: Boot | null = null;
  /** The start, or the restart after a reboot, that is under way; settles when it is over. */
  #starting: Promise<void> = Promise.resolve();

  constructor(options: NspawnOptions, patience: MachinePatience) {
    this.#options = options;
    this.#patience = patience;
  }

  /** Its PID 1 as seen from outside; null while it is off or not yet up. */
  get leaderPid(): number | null {
    return this.#boot?.leader.pid ?? null;
  }

  /** "off" also for a machine that shut itself down. */
  get state(): "on" | "off" {
    return this.#boot === null ? "off" : "on";
  }

  /**
   * Boots; nothing to do when it is on.
   * @throws with the last line of its console when it does not come up.
   */
  async powerOn(): Promise<void> {
    if (this.#boot !== null) return;
    this.#wanted = "on";
    this.#starting = this.#start();
    await this.#starting;
  }

  /** Pulls the plug: nothing inside gets to run another instruction. */
  async powerOff(): Promise<void> {
    this.#wanted = "off";
    const boot = this.#boot;
    if (boot !== null) {
      await signalProcess(boot.leader, "SIGKILL");
      // Lets nspawn collect what it started.
      await isOver(boot.ended, 1_000);
    }
    await this.#killAll();
    await this.#starting.catch(() => undefined);
    await this.#killAll();
    await this.#clean();
  }

  /** @throws when it is still running after the time for it; then it stays on. */
  async shutdown(): Promise<void> {
    const boot = this.#boot;
    if (boot === null) return;
    this.#wanted = "off";
    await signalProcess(boot.leader, systemdSignal.powerOff);
    if (await isOver(boot.ended, this.#patience.shutdown)) return this.#clean();
    this.#wanted = "on";
    throw new Error(`cannot shut down "${this.#options.name}": still running after ${this.#patience.shutdown} ms`);
  }

  /** Orderly restart over the same disk; boots a machine that is off. */
  async reboot(): Promise<void> {
    const boot = this.#boot;
    if (boot === null) return this.powerOn();
    await signalProcess(boot.leader, systemdSignal.reboot);
    if (!(await isOver(boot.ended, this.#patience.shutdown))) {
      throw new Error(`cannot reboot "${this.#options.name}": still running after ${this.#patience.shutdown} ms`);
    }
    await this.#starting;
  }

  async #start(): Promise<void> {
    const nspawn = await startNspawn(this.#options);
    const ended = exitOf(nspawn);
    const leader = await this.#awaitBoot(nspawn, ended);
    if (leader === null) throw new Error(await this.#bootFailure());
    this.#boot = { leader, ended };
    // From here the machine decides itself when it goes off or boots again.
    void ended.then((code) => this.#onEnd(code));
  }

  #onEnd(code: number | null): void {
    this.#boot = null;
    if (code !== rebootExitCode || this.#wanted === "off") return;
    this.#starting = this.#clean().then(() => this.#start());
    // A reboot from inside has nobody who waits for it: the console says what went wrong.
    this.#starting.catch(() => undefined);
  }

  /** Resolves with PID 1 once systemd answers, null when the machine ended or the time is over. */
  async #awaitBoot(nspawn: ChildProcess, ended: Promise<number | null>): Promise<ProcessIdentity | null> {
    const deadline = performance.now() + this.#patience.boot;
    while (performance.now() < deadline && nspawn.pid !== undefined && !(await isOver(ended, lookAgain))) {
      const leader = await findLeader(nspawn.pid, this.#options.name);
      const state = leader === null ? "" : await readSystemState(leader.pid, this.#patience.settle);
      if (leader !== null && ["starting", "running", "degraded", "maintenance"].includes(state)) return leader;
    }
    return null;
  }

  async #bootFailure(): Promise<string> {
    await this.#killAll();
    await this.#clean();
    const console = await readFile(this.#options.console, "utf8").catch(() => "");
    const lastLine = console.trimEnd().split("\n").at(-1) ?? "";
    return `cannot boot "${this.#options.name}": ${lastLine || "systemd did not answer in time"}`;
  }

  /** Killing PID 1 of a PID namespace ends everything in it; killing only nspawn would leave the machine running without a keeper. */
  async #killAll(): Promise<void> {
    for (;;) {
      const pids = await processesInControlGroups(this.#options.name);
      if (pids.length === 0) return;
      for (const pid of pids) {
        const state = await readProcessState(pid);
        if (state !== null) await signalProcess(state, "SIGKILL");
      }
      await sleep(lookAgain);
    }
  }

  async #clean(): Promise<void> {
    await removeControlGroups(this.#options.name);
    await rm(`/run/systemd/nspawn/propagate/${this.#options.name}`, { recursive: true, force: true });
  }
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    return code;
  } catch {
    // It could not be started at all.
    return null;
  }
}

async function isOver(ended: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const timer = Promise.withResolvers<boolean>();
  const timeout = setTimeout(() => timer.resolve(false), milliseconds);
  const isOverInTime = await Promise.race([ended.then(() => true), timer.promise]);
  clearTimeout(timeout);
  return isOverInTime;
}
