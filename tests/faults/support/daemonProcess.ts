// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeLocalApi, type FakeLocalApi } from "../../support/fakeLocalApi.ts";

/** The real program. */
export const DAEMON_MAIN = join(import.meta.dirname, "../../../agent-image/daemon/main.ts");

/** The agent's facts that first boot would have written. */
export const FACTS = {
  officeClaws: 1,
  hostname: "a1",
  tag: "tag:agent",
  controlUrl: "https://c.example",
  runtime: "hello",
  providers: ["anthropic"],
};

/** A machine for daemons: a folder with the facts and the audit log, and a tailscaled. */
export interface DaemonHome {
  readonly folder: string;
  readonly localApi: FakeLocalApi;
  /** Starts the real program here. */
  start(options?: DaemonProcessOptions): DaemonProcess;
  /** Ends the daemons that still run and removes the folder. */
  close(): Promise<void>;
}

/** What may differ from a start as the unit does it. */
export interface DaemonProcessOptions {
  /** A command that runs the command that follows it, such as `prlimit`. */
  readonly wrapper?: readonly string[];
  readonly main?: string;
  readonly node?: readonly string[];
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** `unread`: the journal hangs; `closed`: it is gone. Then ports must be known another way. */
  readonly output?: "read" | "unread" | "closed";
}

/** Makes a machine. */
export async function createDaemonHome(): Promise<DaemonHome> {
  const folder = await mkdtemp(join(tmpdir(), "clawsd-fault-"));
  const localApi = await startFakeLocalApi(join(folder, "tailscaled.sock"));
  await writeFile(join(folder, "agent.json"), JSON.stringify(FACTS));
  const user = await ownUser();
  const started: DaemonProcess[] = [];
  return {
    folder,
    localApi,
    start(options = {}) {
      const daemon = new DaemonProcess(folder, user, options);
      started.push(daemon);
      return daemon;
    },
    async close() {
      for (const { child, ended } of started) {
        child.kill("SIGKILL");
        child.stdout?.destroy();
        child.stderr?.destroy();
        await ended;
      }
      await localApi.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function ownUser(): Promise<string> {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  return lines.find(([, , id]) => id === String(process.getuid?.()))?.[0] ?? "root";
}

/** The real program as a process, with what it has written so far. */
export class DaemonProcess {
  readonly child: ChildProcess;
  output = "";
  errors = "";
  /** Exit code or signal. */
  readonly ended: Promise<number | string | null>;
  #looking: (() => void)[] = [];

  constructor(folder: string, user: string, options: DaemonProcessOptions) {
    const { wrapper = [], main = DAEMON_MAIN, node = ["--disable-sigusr1"], flags = [], environment = {} } = options;
    const places = ["--config", "agent.json", "--socket", "tailscaled.sock", "--state", ".", "--run", "."];
    const ports = ["--user", user, "--control-port", "0", "--broker-port", "0"];
    const [program = "", ...argv] = [...wrapper, process.execPath, ...node, main, ...places, ...ports, ...flags];
    const { output = "read" } = options;
    this.child = spawn(program, argv, { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    if (output === "closed") this.child.stdout?.destroy();
    if (output === "read") this.child.stdout?.on("data", (text) => this.#take(() => (this.output += String(text))));
    this.child.stderr?.on("data", (text) => this.#take(() => (this.errors += String(text))));
    this.ended = new Promise((resolve) => this.child.once("exit", (code, signal) => resolve(code ?? signal)));
  }

  /** Process ID. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resolves once the journal holds the text. */
  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      await Promise.race([
        new Promise<void>((resolve) => this.#looking.push(resolve)),
        this.ended.then((end) => {
          throw new Error(`the daemon ended with ${String(end)}: ${this.errors}`);
        }),
      ]);
    }
  }

  /** The port in the first journal line of this event. */
  async port(event: "listening" | "broker-listening"): Promise<number> {
    await this.says(`"event":"${event}"`);
    const found = new RegExp(`"event":"${event}".*?"port":(\\d+)`).exec(this.output);
    return Number(found?.[1]);
  }

  /** A call of its control API. */
  async call(method: "GET" | "POST", path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    return callControl(await this.port("listening"), method, path, body);
  }

  #take(append: () => void): void {
    append();
    for (const look of this.#looking.splice(0)) look();
  }
}

/** A control call to a port of loopback. */
export async function callControl(
  port: number,
  method: "GET" | "POST",
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { "sec-claws-no-browsers": "1", "content-type": "application/json" };
  const reply = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, ...content });
  return { status: reply.status, body: await reply.json() };
}

/** A figure of /proc/PID/status in bytes. */
export async function memoryOf(pid: number, figure: "VmRSS" | "VmHWM"): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${figure}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]) * 1024;
}
