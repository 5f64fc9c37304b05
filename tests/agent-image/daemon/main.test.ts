// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeLocalApi, statusDocument, type FakeLocalApi } from "../../support/fakeLocalApi.ts";

const MAIN = join(import.meta.dirname, "../../../agent-image/daemon/main.ts");
// Somebody who is not root may mount in a user namespace of his own.
const MOUNTS_OF_ITS_OWN = process.getuid?.() === 0 ? ["--mount"] : ["--user", "--map-root-user", "--mount"];
const SWAPS_HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
const FACTS = {
  officeClaws: 1,
  hostname: "a1",
  tag: "tag:agent",
  controlUrl: "https://c.example",
  runtime: "hello",
  providers: ["anthropic"],
};

let directory: string;
let api: FakeLocalApi;
let user: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "clawsd-"));
  api = await startFakeLocalApi(join(directory, "tailscaled.sock"));
  await writeFile(join(directory, "agent.json"), JSON.stringify(FACTS));
  user = await ownUser();
});
afterEach(async () => {
  await api.close();
  await rm(directory, { recursive: true });
});

async function ownUser(): Promise<string> {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  return lines.find(([, , id]) => id === String(process.getuid?.()))?.[0] ?? "root";
}

/** A daemon process with what it has written so far. */
class Daemon {
  readonly process: ChildProcess;
  output = "";
  errors = "";
  readonly ended: Promise<number | string | null>;
  #looking: (() => void)[] = [];

  constructor(
    flags: readonly string[],
    node: readonly string[],
    environment: Readonly<Record<string, string>>,
    before: readonly string[] = [],
  ) {
    const places = [
      "--config",
      "agent.json",
      "--socket",
      "tailscaled.sock",
      "--state",
      ".",
      "--run",
      ".",
      "--user",
      user,
    ];
    const ports = ["--control-port", "0", "--broker-port", "0"];
    const [program = "", ...argv] = [...before, process.execPath, ...node, MAIN, ...places, ...ports, ...flags];
    this.process = spawn(program, argv, { cwd: directory, env: environment });
    this.process.stdout?.on("data", (text) => this.#take(() => (this.output += String(text))));
    this.process.stderr?.on("data", (text) => this.#take(() => (this.errors += String(text))));
    this.ended = new Promise((resolve) => this.process.once("close", (code, signal) => resolve(code ?? signal)));
  }

  /** The port in the first line of this event. */
  async port(event: string): Promise<number> {
    const found = (): RegExpExecArray | null => new RegExp(`"event":"${event}".*?"port":(\\d+)`).exec(this.output);
    while (found() === null)
      await Promise.race([new Promise<void>((resolve) => this.#looking.push(resolve)), this.#failWhenEnded()]);
    return Number(found()?.[1]);
  }

  async #failWhenEnded(): Promise<never> {
    throw new Error(`the daemon ended with ${String(await this.ended)}: ${this.errors}`);
  }

  #take(append: () => void): void {
    append();
    for (const look of this.#looking.splice(0)) look();
  }
}

function run(
  flags: readonly string[] = [],
  node: readonly string[] = ["--disable-sigusr1"],
  environment: Readonly<Record<string, string>> = {},
): Daemon {
  return new Daemon(flags, node, environment);
}

const status = (port: number): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}/v1/status`, { headers: { "sec-claws-no-browsers": "1" } });

describe("clawsd as a process", () => {
  it("takes a key, survives SIGUSR1, holds no readable core, and ends cleanly on SIGTERM", async () => {
    const daemon = run();
    const broker = await daemon.port("broker-listening");
    const control = await daemon.port("listening");
    const body = JSON.stringify({ name: "anthropic", provider: "anthropic", version: 1, value: "sk-canary-3b9a" });
    const headers = { "sec-claws-no-browsers": "1", "content-type": "application/json" };
    const put = await fetch(`http://127.0.0.1:${control}/v1/keys/put`, { method: "POST", headers, body });
    expect([put.status, await put.json()]).toEqual([200, expect.objectContaining({ nodeId: "nAGENT", active: 1 })]);

    const token = await readFile(join(directory, "agent-token"), "utf8");
    const refused = await fetch(`http://127.0.0.1:${broker}/anthropic/v1/files`, {
      method: "POST",
      headers: { "x-api-key": token },
    });
    expect([refused.status, refused.headers.get("x-claws-broker-error")]).toEqual([403, "path-refused"]);

    daemon.process.kill("SIGUSR1");
    expect(await (await status(control)).json()).toMatchObject({ state: "open" });
    expect(await readFile(`/proc/${daemon.process.pid ?? 0}/coredump_filter`, "utf8")).toBe("00000000\n");

    daemon.process.kill("SIGTERM");
    expect(await daemon.ended).toBe(0);
    expect(daemon.errors).toBe("");
    expect((await readdir(directory)).sort()).toEqual(["agent.json", "audit.jsonl", "tailscaled.sock"]);
    expect(daemon.output + (await readFile(join(directory, "audit.jsonl"), "utf8"))).not.toContain("canary");
  });

  it("has forgotten the key after a SIGKILL, with nothing of it in its folders", async () => {
    const first = run();
    const body = JSON.stringify({ name: "anthropic", provider: "anthropic", version: 1, value: "sk-canary-3b9a" });
    const headers = { "sec-claws-no-browsers": "1", "content-type": "application/json" };
    await fetch(`http://127.0.0.1:${await first.port("listening")}/v1/keys/put`, { method: "POST", headers, body });
    first.process.kill("SIGKILL");
    expect(await first.ended).toBe("SIGKILL");

    const second = run();
    expect(await (await status(await second.port("listening"))).json()).toMatchObject({
      state: "sealed",
      keys: [],
      auditSequence: 3,
    });
    second.process.kill("SIGTERM");
    expect(await second.ended).toBe(0);
    for (const file of ["audit.jsonl", "agent.json"])
      expect(await readFile(join(directory, file), "utf8")).not.toContain("canary");
  });

  it("waits for a tailscaled that is not there yet, and binds when it runs", async () => {
    await api.close();
    const daemon = run();
    await daemon.port("broker-listening");
    expect(daemon.output).not.toContain('"event":"listening"');
    api = await startFakeLocalApi(join(directory, "tailscaled.sock"));

    expect((await status(await daemon.port("listening"))).status).toBe(200);
    daemon.process.kill("SIGTERM");
    expect(await daemon.ended).toBe(0);
  });

  it("ends cleanly on SIGTERM while it waits", async () => {
    api.status = statusDocument({ BackendState: "NeedsLogin" });
    const daemon = run();
    await daemon.port("broker-listening");
    daemon.process.kill("SIGTERM");

    expect(await daemon.ended).toBe(0);
  });

  it.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
    ["an inspector", ["--inspect=127.0.0.1:0"], {}, "the inspector is open"],
    [
      "a heap snapshot signal",
      ["--heapsnapshot-signal=SIGUSR2"],
      {},
      "node runs with the option --heapsnapshot-signal",
    ],
    ["NODE_OPTIONS", [], { NODE_OPTIONS: "--max-old-space-size=100" }, "the variable NODE_OPTIONS is set"],
    ["NODE_DEBUG", [], { NODE_DEBUG: "none" }, "the variable NODE_DEBUG is set"],
    [
      "TLS checks switched off",
      [],
      { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
      "the variable NODE_TLS_REJECT_UNAUTHORIZED is set",
    ],
  ])("refuses to start with %s", async (_name, node, environment, reason) => {
    const daemon = run([], node, environment);

    expect(await daemon.ended).toBe(2);
    expect(daemon.errors).toContain(`clawsd: error: refusing to start: ${reason}`);
    expect(await readdir(directory)).toEqual(["agent.json", "tailscaled.sock"]);
  });

  it.each([
    ["swap", "/proc/swaps", `${SWAPS_HEAD}/swapfile file 1048572 0 -2\n`, "the machine has swap"],
    ["a piped core pattern", "/proc/sys/kernel/core_pattern", "|/usr/bin/collect %p\n", "kernel.core_pattern pipes"],
  ])("refuses to start on a machine with %s", async (_name, file, text, reason) => {
    await writeFile(join(directory, "shown"), text);
    const show = ["/bin/sh", "-c", `mount --bind shown ${file} && exec "$@"`, "sh"];
    const daemon = new Daemon([], ["--disable-sigusr1"], {}, ["/usr/bin/unshare", ...MOUNTS_OF_ITS_OWN, ...show]);

    expect(await daemon.ended).toBe(2);
    expect(daemon.errors).toContain(`clawsd: error: refusing to start: ${reason}`);
    expect((await readdir(directory)).sort()).toEqual(["agent.json", "shown", "tailscaled.sock"]);
  });

  it("ends with 1 when it has operators' keys and no identity, rather than take unsigned pushes", async () => {
    const key = Buffer.alloc(32, 1).toString("base64url");
    const facts = { ...FACTS, operatorKeys: [key], identity: { publicKey: key, proof: key } };
    await writeFile(join(directory, "agent.json"), JSON.stringify(facts));
    const missing = run();
    expect(await missing.ended).toBe(1);
    expect(missing.errors).toContain('cannot use the droplet\'s identity "identity": ENOENT');

    await writeFile(join(directory, "agent.json"), JSON.stringify({ ...facts, identity: undefined }));
    const unproven = run();
    expect(await unproven.ended).toBe(1);
    expect(unproven.errors).toContain('cannot read "identity": it must be there together with operatorKeys');
  });

  it("refuses userspace networking", async () => {
    api.status = statusDocument({ TUN: false });
    const daemon = run();

    expect(await daemon.ended).toBe(2);
    expect(daemon.errors).toContain("tailscaled uses userspace networking");
  });

  it.each<[string, string, string]>([
    ["is no JSON", "{", "cannot read"],
    [
      "has an unknown member",
      JSON.stringify({ ...FACTS, authKey: "tskey-auth-canary" }),
      "must not have the member authKey",
    ],
    ["names no provider well", JSON.stringify({ ...FACTS, providers: ["Evil!"] }), 'cannot read "providers[0]"'],
    ["names an unknown provider", JSON.stringify({ ...FACTS, providers: ["evil"] }), 'cannot broker for "evil"'],
  ])("ends with 1 when agent.json %s", async (_name, text, reason) => {
    await writeFile(join(directory, "agent.json"), text);
    const daemon = run();

    expect(await daemon.ended).toBe(1);
    expect(daemon.errors).toContain(reason);
    expect(daemon.errors).not.toContain("canary");
  });

  it("ends with 1 when the broker's port is taken, rather than take another", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const daemon = run(["--broker-port", String((holder.address() as AddressInfo).port)]);

    expect(await daemon.ended).toBe(1);
    expect(daemon.errors).toContain("EADDRINUSE");
    await new Promise((resolve) => holder.close(resolve));
  });

  it("ends with 1 on an unknown flag and when the workload's user is missing", async () => {
    const [flag, missing] = [run(["--insecure"]), run(["--user", "no-such-user"])];

    expect([await flag.ended, await missing.ended]).toEqual([1, 1]);
    expect(flag.errors).toContain("--insecure");
    expect(missing.errors).toContain('there is no user "no-such-user"');
  });
});
