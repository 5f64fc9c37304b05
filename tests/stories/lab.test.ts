// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Lab } from "../../lab/lab.ts";
import { defaultCache, startLab } from "../../lab/lab.ts";
import type { Toolchain } from "../../lab/labToolchain.ts";
import { parseToolchain } from "../../lab/labToolchain.ts";
import type { CommandResult } from "../../lab/network/command.ts";
import { runCommand } from "../../lab/network/command.ts";
import { reapDeadLabs } from "../../lab/reaper.ts";
import { withMachineLock } from "../../lab/reaperLock.ts";
import { callCloud, createDroplet, runIn as run } from "../support/cloudCalls.ts";
import { eventually } from "../support/eventually.ts";
import { labTraces } from "../support/labTraces.ts";

const cache = defaultCache(process.env);
const toolchain = parseToolchain(process.env["CLAWS_TOOLCHAIN"]);
const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** What the machine itself shows of networks: no lab may add to it. */
async function hostNetwork(): Promise<string> {
  const [links, rules] = await Promise.all([
    runCommand(["ip", "-brief", "link"]),
    runCommand(["nft", "list", "ruleset"]),
  ]);
  return `${links}${rules}${readFileSync("/etc/resolv.conf", "utf8")}`;
}

/** Starts a process that owns a lab; resolves with the run once the lab is at that point. */
async function startOwner(until: "starting" | "up"): Promise<{ child: ChildProcess; run: string }> {
  const program = path.join(import.meta.dirname, "../support/labOwner.ts");
  const env = { ...process.env, NODE_OPTIONS: "" };
  const before = new Set(registered());
  const child = spawn(process.execPath, [program, cache], { env, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  if (until === "up") return { child, run: String((await lines.next()).value) };
  // The folder of its run is the first thing that it makes.
  const isNew = (name: string): boolean => !before.has(name) && ownerOf(name) === child.pid;
  const names = await eventually(registered, (all) => all.some(isNew));
  return { child, run: names.find(isNew) ?? "" };
}

function registered(): readonly string[] {
  return existsSync("/run/claws-lab") ? readdirSync("/run/claws-lab") : [];
}

function ownerOf(name: string): number | null {
  try {
    return (JSON.parse(readFileSync(`/run/claws-lab/${name}/owner.json`, "utf8")) as { pid: number }).pid;
  } catch {
    return null;
  }
}

/** Does what every start does first, for labs that this process does not own. */
async function reap(): Promise<readonly string[]> {
  const dead = await withMachineLock("claws-lab", () => reapDeadLabs(path.join(cache, "lab")));
  return dead.map((lab) => lab.run);
}

describe("a lab", () => {
  let lab: Lab;
  let network: string;

  beforeAll(async () => {
    network = await hostNetwork();
    lab = await startLab({ toolchain, cache });
  });

  afterAll(() => lab.stop());

  it("adds nothing to this machine's own network", async () => {
    expect(await hostNetwork()).toBe(network);
  });

  it("has joined the operator to the tailnet", async () => {
    expect(await lab.devices()).toMatchObject([{ givenName: "operator", user: "op", tags: [], online: true }]);
    const { stdout } = await run(
      lab,
      lab.operator([
        toolchain.tailscale,
        `--socket=${lab.environment["CLAWS_TAILSCALE_SOCKET"] ?? ""}`,
        "status",
        "--json",
      ]),
    );
    expect(JSON.parse(stdout)).toMatchObject({ BackendState: "Running", Self: { HostName: "operator" } });
  });

  it("gives names by its own DNS only", async () => {
    const look = (name: string): Promise<CommandResult> => run(lab, lab.operator(["getent", "ahostsv4", name]));
    expect((await look("controlplane.lab.example")).stdout).toMatch(/^203\.0\.113\.11 /);
    expect((await look("api.anthropic.com")).stdout).toMatch(/^203\.0\.113\.20 /);
    expect(await look("api.digitalocean.com")).toMatchObject({ code: 2, stdout: "" });
    expect(await look("login.tailscale.com")).toMatchObject({ code: 2, stdout: "" });
  });

  it("has its snapshot in the account, and refuses a wrong token", async () => {
    expect(await callCloud(lab, "GET", `/images/${lab.imageId}`)).toMatchObject({
      image: { type: "snapshot", public: false },
    });
    const wrong = { ...lab, environment: { ...lab.environment, DIGITALOCEAN_TOKEN: "wrong" } };
    expect(await callCloud(wrong, "GET", "/account")).toMatchObject({ id: "unauthorized" });
  });

  it("keeps its secrets from other users and from arguments", async () => {
    for (const name of ["DIGITALOCEAN_TOKEN", "TAILSCALE_API_KEY"]) {
      const found = readdirSync("/proc")
        .filter((pid) => /^\d+$/.test(pid) && existsSync(`/proc/${pid}/cmdline`))
        .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(lab.environment[name] ?? "?"));
      expect(found).toEqual([]);
    }
    expect(
      (await runCommand(["stat", "--format=%a", lab.directory, `${lab.directory}/admin.sock`])).trim().split("\n"),
    ).toEqual(["700", "600"]);
  });

  it("boots droplets, goes inside them, cuts their power and lets the cloud destroy them", async () => {
    const dropletId = await createDroplet(lab, "ada");
    const [droplet] = await lab.droplets();
    expect(droplet).toMatchObject({ dropletId, name: "ada", state: "on", userData: "data of ada" });
    expect((await run(lab, await lab.inside("ada", ["cat", "/proc/1/comm"]))).stdout).toBe("systemd\n");
    expect(readFileSync(`${droplet?.root ?? ""}/etc/resolv.conf`, "utf8")).toBe("nameserver 203.0.113.53\n");

    await lab.powerCut("ada");
    await expect(lab.inside("ada", ["true"])).rejects.toThrow('cannot run a command inside of "ada": it is off');
    await lab.powerOn("ada");
    await lab.reboot("ada");
    expect(await run(lab, await lab.inside("ada", ["true"]))).toMatchObject({ code: 0 });
    await expect(lab.inside("bob", ["true"])).rejects.toThrow('cannot find the droplet "bob": the lab has ada');

    await callCloud(lab, "DELETE", `/droplets/${dropletId}`);
    await eventually(
      () => lab.droplets(),
      (droplets) => droplets.length === 0,
    );
    expect(labTraces(`${lab.id}-d`)).toEqual([]);
    expect((await lab.digitalOceanRequests()).map(({ method, path: called }) => `${method} ${called}`)).toContain(
      "POST /v2/droplets",
    );
  });

  it("tells what the world refused", async () => {
    await expect(lab.setPolicy("{")).rejects.toThrow();
    await expect(lab.setPolicy('{"grants": []}')).resolves.toBeNull();
  });
});

describe("two labs side by side", () => {
  it("use the same addresses, see only their own droplets and end one by one", async () => {
    const [first, second] = await Promise.all([startLab({ toolchain, cache }), startLab({ toolchain, cache })]);
    try {
      expect(second.id).not.toBe(first.id);
      expect(second.environment["DIGITALOCEAN_TOKEN"]).not.toBe(first.environment["DIGITALOCEAN_TOKEN"]);
      await Promise.all([createDroplet(first, "ada"), createDroplet(second, "bob")]);
      expect((await first.droplets()).map(({ name, address }) => [name, address])).toEqual([["ada", "198.51.100.16"]]);
      expect((await second.droplets()).map(({ name, address }) => [name, address])).toEqual([["bob", "198.51.100.16"]]);

      await first.stop();
      expect(labTraces(first.id)).toEqual([]);
      expect(await run(second, await second.inside("bob", ["cat", "/proc/1/comm"]))).toMatchObject({
        stdout: "systemd\n",
      });
      expect(await reap()).not.toContain(second.id);
      expect(await second.devices()).toHaveLength(1);
    } finally {
      await Promise.all([first.stop(), second.stop()]);
    }
    expect(labTraces(second.id)).toEqual([]);
    expect(existsSync(second.directory)).toBe(false);
  });
});

describe("a lab whose owner is killed", () => {
  it("is gone after the next start, droplets and all", async () => {
    const owner = await startOwner("up");
    const admin = `${cache}/lab/${owner.run}/admin.sock`;
    expect(await runCommand(["curl", "-sSf", "--unix-socket", admin, "http://lab/droplets"])).toContain('"state":"on"');
    owner.child.kill("SIGKILL");
    await once(owner.child, "exit");
    expect(labTraces(owner.run)).not.toEqual([]);

    const next = await startLab({ toolchain, cache });
    try {
      expect(labTraces(owner.run)).toEqual([]);
      expect(existsSync(`${cache}/lab/${owner.run}`)).toBe(false);
    } finally {
      await next.stop();
    }
  });

  it("is gone too when it was killed while it started", async () => {
    const owner = await startOwner("starting");
    await eventually(
      () => labTraces(owner.run).length,
      (count) => count > 3,
    );
    owner.child.kill("SIGKILL");
    await once(owner.child, "exit");
    await reap();
    expect(labTraces(owner.run)).toEqual([]);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "cleans up by itself at %s and ends by that signal",
    async (signal) => {
      const owner = await startOwner("up");
      owner.child.kill(signal);
      expect(await once(owner.child, "exit")).toEqual([null, signal]);
      expect(labTraces(owner.run)).toEqual([]);
      expect(existsSync(`${cache}/lab/${owner.run}`)).toBe(false);
    },
  );

  it("cleans up by itself at SIGINT while it starts", async () => {
    const owner = await startOwner("starting");
    await eventually(
      () => labTraces(owner.run).length,
      (count) => count > 3,
    );
    owner.child.kill("SIGINT");
    expect(await once(owner.child, "exit")).toEqual([null, "SIGINT"]);
    expect(labTraces(owner.run)).toEqual([]);
  });
});

describe("a lab that cannot start", () => {
  it("says which program failed and leaves nothing behind", async () => {
    const broken: Toolchain = { ...toolchain, headscale: "/bin/false" };
    await expect(startLab({ toolchain: broken, cache })).rejects.toThrow(/^cannot start the lab's world: .*headscale/);
    expect(registered().filter((name) => ownerOf(name) === process.pid)).toEqual([]);
  });

  it("may be stopped twice", async () => {
    const lab = await startLab({ toolchain, cache });
    await Promise.all([lab.stop(), lab.stop()]);
    await lab.stop();
    expect(labTraces(lab.id)).toEqual([]);
    await expect(lab.droplets()).rejects.toThrow('cannot GET "/droplets": the lab\'s world does not answer');
  });
});

describe("npm run lab", () => {
  it("prints what a shell needs, stays until Ctrl-C and leaves nothing", async () => {
    const program = path.join(import.meta.dirname, "../../scripts/lab.ts");
    const env = { ...process.env, NODE_OPTIONS: "", CLAWS_CACHE: cache };
    const child = spawn(process.execPath, [program], { env, stdio: "pipe" });
    children.push(child);
    let [shown, said] = ["", ""];
    child.stdout.on("data", (text: Buffer) => (shown += text.toString()));
    child.stderr.on("data", (text: Buffer) => (said += text.toString()));
    await eventually(
      () => shown,
      (text) => text.includes("nsenter --target=PID"),
      60_000,
    );

    const id = /lab ([0-9a-f]{6}) is up/.exec(said)?.[1] ?? "";
    const shell = await runCommand(["sh", "-c", `${shown}\necho "$DIGITALOCEAN_API_URL $CLAWS_LAB_RUN $PULUMI_HOME"`]);
    expect(shell).toBe(`http://203.0.113.10  ${cache}/lab/${id}/pulumi\n`);
    const [enter = ""] = /nsenter --net=\S+-op .* bash$/m.exec(shown) ?? [];
    expect(await runCommand(["sh", "-c", `${enter} -c 'cat /etc/resolv.conf'`])).toBe("nameserver 203.0.113.53\n");

    child.kill("SIGINT");
    expect(await once(child, "close")).toEqual([0, null]);
    expect(said).toMatch(new RegExp(`lab: lab ${id} is gone\n$`));
    expect(labTraces(id)).toEqual([]);
  });
});
