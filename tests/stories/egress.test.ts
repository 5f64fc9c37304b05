// SPDX-License-Identifier: Apache-2.0
// The workload's ways out besides the broker: real nft, real systemd, one droplet for each list.
import { jest } from "@jest/globals";
import type { ChildProcess } from "node:child_process";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PROVIDERS } from "../../broker/providerTable.ts";
import { labAddresses } from "../../lab/network/addresses.ts";
import { internetNamespace } from "../../lab/network/namespaces.ts";
import { buildImage, startImageRun, type ImageRun } from "../support/imageRun.ts";
import { listenIn } from "../support/packets.ts";

jest.setTimeout(300_000);

const dialProgram = join(import.meta.dirname, "../support/adversary/inside/dial.ts");
const node = "/opt/office-claws/bin/node";
const { digitalOcean: friend, modelProvider: provider, dns } = labAddresses;
const stranger = labAddresses.tailscaleApi;

let image: string;
let run: ImageRun;
let listeners: ChildProcess[];

beforeAll(async () => {
  ({ directory: image } = await buildImage());
});

afterEach(async () => {
  for (const listener of listeners) listener.kill("SIGKILL");
  await run.stop();
});

/** Boots a droplet that had its first boot, with these facts and with names for the providers, which nobody else serves here. */
async function boot(facts: object, hosts = PROVIDERS.map(({ origin }) => `${provider} ${new URL(origin).hostname}`)) {
  run = await startImageRun(image, async (disk) => {
    const folder = join(disk, "var/lib/office-claws");
    await mkdir(folder, { recursive: true });
    await mkdir(join(disk, "etc"), { recursive: true });
    const base = {
      officeClaws: 1,
      hostname: "a1",
      tag: "tag:agent",
      controlUrl: "https://controlplane.lab.example",
      runtime: "hello",
      providers: ["anthropic"],
    };
    await writeFile(join(folder, "agent.json"), JSON.stringify({ ...base, ...facts }));
    const own = await readFile(join(image, "etc/hosts"), "utf8");
    await writeFile(join(disk, "etc/hosts"), `${own}${hosts.join("\n")}\n`);
  });
  await run.boot();
  await copyFile(dialProgram, join(run.root, "opt/dial.ts"));
  listeners = await Promise.all([443, 8443, 53].map((port) => listenIn(internetNamespace(run.run), port)));
}

/** How each target answers that user. */
async function dial(user: string, ...targets: readonly string[]): Promise<readonly string[]> {
  const as = ["setpriv", "--reuid", user, "--regid", user === "nobody" ? "nogroup" : user, "--clear-groups"];
  const { stdout } = await run.inside(...as, node, "/opt/dial.ts", ...targets);
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.split(" ").slice(1).join(" "));
}

async function unitState(): Promise<string> {
  const settled = "until systemctl show -P ActiveState claws-egress | grep -qv '^activating'; do sleep 0.1; done";
  await run.inside("timeout", "20", "sh", "-c", settled);
  return (await run.inside("systemctl", "show", "-P", "ActiveState", "claws-egress")).stdout.trim();
}

async function elementsOf(set: string): Promise<string> {
  const { stdout } = await run.inside("nft", "list", "set", "inet", "claws", set);
  return /elements = \{(.*?)\}/s.exec(stdout)?.[1]?.replace(/\s+/g, " ").trim() ?? "";
}

describe("the workload's ways out", () => {
  it("are none when the owner lists none", async () => {
    await boot({});
    expect(await unitState()).toBe("active");
    const targets = [`tcp ${friend} 443`, `tcp ${provider} 443`, "tcp 2001:db8:ffff::1 443", `udp ${dns} 53`];
    expect(await dial("agent", ...targets)).toEqual([
      `${friend} 443 EHOSTUNREACH`,
      `${provider} 443 EHOSTUNREACH`,
      "2001:db8:ffff::1 443 EACCES",
      `${dns} 53 EHOSTUNREACH`,
    ]);
    // The same targets answer somebody who may: the silence is the packet filter's.
    expect(await dial("root", ...targets)).toEqual([
      `${friend} 443 connected`,
      `${provider} 443 connected`,
      "2001:db8:ffff::1 443 connected",
      `${dns} 53 sent`,
    ]);
  });

  it("are exactly the addresses and ports of the list, over IPv4 and IPv6", async () => {
    await boot({ egress: [`${friend}/32:443`, "[2001:db8:ffff::/48]:8443"] });
    expect(await unitState()).toBe("active");
    const targets = [
      `tcp ${friend} 443`,
      `tcp ${friend} 8443`,
      `tcp ${stranger} 443`,
      `udp ${friend} 443`,
      "tcp 2001:db8:ffff::1 8443",
      "tcp 2001:db8:ffff::1 443",
      `udp ${dns} 53`,
      `tcp ${provider} 443`,
      "tcp 127.0.0.1 8443",
    ];
    expect(await dial("agent", ...targets)).toEqual([
      `${friend} 443 connected`,
      `${friend} 8443 EHOSTUNREACH`,
      `${stranger} 443 EHOSTUNREACH`,
      `${friend} 443 EHOSTUNREACH`,
      "2001:db8:ffff::1 8443 connected",
      "2001:db8:ffff::1 443 EACCES",
      `${dns} 53 EHOSTUNREACH`,
      `${provider} 443 EHOSTUNREACH`,
      "127.0.0.1 8443 EHOSTUNREACH",
    ]);
    // They are the workload's, not everybody's.
    expect(await dial("clawsd", `tcp ${friend} 8443`)).toEqual([`${friend} 8443 silence`]);
    expect(await dial("nobody", `tcp ${friend} 443`)).toEqual([`${friend} 443 silence`]);
  });

  it("are the same after a reboot", async () => {
    await boot({ egress: [`${friend}/32:443`] });
    await run.reboot();
    expect(await unitState()).toBe("active");
    expect(await dial("agent", `tcp ${friend} 443`, `tcp ${stranger} 443`)).toEqual([
      `${friend} 443 connected`,
      `${stranger} 443 EHOSTUNREACH`,
    ]);
  });

  it("lead to a name server only when the owner lists one, and to no other", async () => {
    await boot({ egress: [`${dns}/32:53`] });
    expect(await dial("agent", `udp ${dns} 53`, `tcp ${dns} 53`, `udp ${friend} 53`)).toEqual([
      `${dns} 53 sent`,
      `${dns} 53 connected`,
      `${friend} 53 EHOSTUNREACH`,
    ]);
  });

  it.each([
    ["a private network", ["203.0.113.10/32:443", "10.10.0.0/20:443"], /public addresses only/],
    ["a provider's own address", [`${provider}/32:443`], /an address of api\.anthropic\.com/],
    ["a network around a provider", ["203.0.113.0/27:443"], /an address of api\.anthropic\.com/],
  ])("are none when the list has %s, and the unit says so", async (_what, egress, reason) => {
    await boot({ egress });
    expect(await unitState()).toBe("failed");
    expect((await run.inside("journalctl", "-u", "claws-egress", "-o", "cat")).stdout).toMatch(reason);
    expect(await elementsOf("agent_egress4")).toBe("");
    expect(await dial("agent", `tcp ${friend} 443`, `tcp ${provider} 443`)).toEqual([
      `${friend} 443 EHOSTUNREACH`,
      `${provider} 443 EHOSTUNREACH`,
    ]);
    expect((await run.inside("systemctl", "is-system-running")).stdout.trim()).not.toBe("running");
  });

  it("close again when a later start of the unit fails", async () => {
    await boot({ egress: [`${friend}/32:443`] });
    expect(await unitState()).toBe("active");
    await run.inside("sed", "-i", "s/203.0.113.10/10.10.0.0/", "/var/lib/office-claws/agent.json");
    expect((await run.inside("systemctl", "restart", "claws-egress")).code).not.toBe(0);
    expect(await dial("agent", `tcp ${friend} 443`)).toEqual([`${friend} 443 EHOSTUNREACH`]);
  });

  it("close when the packet filter is loaded again, until the unit fills them again", async () => {
    await boot({ egress: [`${friend}/32:443`] });
    expect(await unitState()).toBe("active");
    await run.inside("systemctl", "reload", "claws-nftables");
    expect(await elementsOf("agent_egress4")).toBe("");
    expect((await run.inside("systemctl", "restart", "claws-egress")).code).toBe(0);
    expect(await elementsOf("agent_egress4")).toBe(`${friend} . 443`);
  });
});

describe("the owner's own broker", () => {
  it("is open to clawsd alone, at its one address and port", async () => {
    await boot({ remoteBroker: "100.64.0.9:7441" });
    expect(await unitState()).toBe("active");
    expect(await elementsOf("remote_broker4")).toBe("100.64.0.9 . 7441");
    // A device of that name, with somebody at the other end.
    const wire = [
      "systemctl stop tailscaled; ip link del tailscale0 2>/dev/null; ip link add tailscale0 type veth peer name far-end",
      "ip link set tailscale0 up && ip link set far-end up && ip route add 100.64.0.0/10 dev tailscale0",
      "for n in 8 9; do ip neigh add 100.64.0.$n lladdr 02:00:00:00:00:0$n dev tailscale0 nud permanent; done",
    ];
    for (const order of wire) expect(await run.inside("sh", "-c", order)).toMatchObject({ code: 0 });
    const targets = ["tcp 100.64.0.9 7441", "tcp 100.64.0.9 7440", "tcp 100.64.0.8 7441"];
    // Silence: the packets left, and nobody is there. The others never left.
    expect(await dial("clawsd", ...targets)).toEqual([
      "100.64.0.9 7441 silence",
      "100.64.0.9 7440 EHOSTUNREACH",
      "100.64.0.8 7441 EHOSTUNREACH",
    ]);
    expect(await dial("agent", ...targets)).toEqual([
      "100.64.0.9 7441 EHOSTUNREACH",
      "100.64.0.9 7440 EHOSTUNREACH",
      "100.64.0.8 7441 EHOSTUNREACH",
    ]);
  });
});
