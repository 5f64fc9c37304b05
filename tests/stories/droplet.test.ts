// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { CloudFirewall, FirewallRule } from "../../lab/digitalocean/emulator.ts";
import { insideMachine, isLeader } from "../../lab/droplet/nspawn.ts";
import { finishCommand, runCommand } from "../../lab/network/command.ts";
import { connectMachine, dropletNamespace, inNamespace, internetNamespace } from "../../lab/network/namespaces.ts";
import { portScan } from "../../lab/scan/portScan.ts";
import type { DropletScenario } from "../support/dropletScenario.ts";
import { images, startDropletScenario } from "../support/dropletScenario.ts";
import { eventually } from "../support/eventually.ts";
import { labTraces } from "../support/labTraces.ts";
import { connectFrom, listenIn, sendFrom, watchDatagrams } from "../support/packets.ts";

let scenario: DropletScenario;
let internet: string;
const everywhere = ["0.0.0.0/0", "::/0"];
const tcp = (ports: string, addresses = everywhere): FirewallRule => ({ protocol: "tcp", ports, addresses });
const udp = (ports: string, addresses = everywhere): FirewallRule => ({ protocol: "udp", ports, addresses });
const firewall = (inbound: readonly FirewallRule[], outbound: readonly FirewallRule[] = []): CloudFirewall => ({
  inbound,
  outbound,
});

beforeAll(async () => {
  scenario = await startDropletScenario();
  internet = internetNamespace(scenario.run);
});

afterAll(async () => {
  await scenario.close();
});

describe("a droplet", () => {
  const id = 1;
  const hostResolver = readFileSync("/etc/resolv.conf", "utf8");

  beforeAll(() => scenario.machines.create(scenario.spec(id)));
  afterAll(() => scenario.machines.destroy(id));

  it("runs systemd as PID 1 in namespaces of its own", async () => {
    const { leaderPid } = scenario.droplet(id);
    expect(await scenario.inside(id, "cat", "/proc/1/comm")).toBe("systemd\n");
    for (const kind of ["pid", "mnt", "net", "uts", "ipc", "cgroup"]) {
      const [host, own] = await Promise.all(
        ["self", String(leaderPid)].map((pid) => runCommand(["readlink", `/proc/${pid}/ns/${kind}`])),
      );
      expect(own).not.toBe(host);
    }
  });

  it("sees no process and no environment of this machine", async () => {
    expect(await scenario.inside(id, "sh", "-c", "ls -d /proc/[0-9]* | wc -l")).toMatch(/^([1-9]|[1-3]\d)\n$/);
    expect(await scenario.inside(id, "cat", "/proc/1/environ")).not.toContain("CLAWS");
    expect(await scenario.inside(id, "env")).toBe(
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nHOME=/root\nTERM=dumb\n",
    );
  });

  it("asks the lab's name server and trusts the lab's authority, and this machine does not", async () => {
    expect(await scenario.inside(id, "cat", "/etc/resolv.conf")).toBe("nameserver 203.0.113.53\n");
    expect(readFileSync("/etc/resolv.conf", "utf8")).toBe(hostResolver);
    const authority = readFileSync(`${scenario.directory}/ca/ca.pem`, "utf8");
    expect(await scenario.inside(id, "cat", "/etc/ssl/certs/ca-certificates.crt")).toContain(authority);
    expect(readFileSync("/etc/ssl/certs/ca-certificates.crt", "utf8")).not.toContain(authority);
  });

  it("has its public address, its private address and the way to the metadata service", async () => {
    expect(await scenario.inside(id, "ip", "-4", "-brief", "address")).toMatch(
      /^eth0\S+ +UP +198\.51\.100\.16\/32 *$/m,
    );
    expect(await scenario.inside(id, "ip", "-4", "-brief", "address")).toMatch(/^eth1\S+ +\S+ +10\.20\.0\.2\/20 *$/m);
    expect(await scenario.inside(id, "ip", "route", "get", "169.254.169.254")).toContain(
      "via 198.51.100.1 dev eth0 src 198.51.100.16",
    );
  });

  it("is never mistaken for the processes that keep it or for those of this machine", async () => {
    const { leaderPid } = scenario.droplet(id);
    const name = dropletNamespace(scenario.run, id);
    const keeper = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${leaderPid ?? 0}/status`, "utf8"))?.[1]);
    const journal = (await runCommand(["pgrep", "-P", String(leaderPid), "systemd-journal"])).trim();
    expect(await isLeader(leaderPid ?? 0, name)).toBe(true);
    expect(await isLeader(keeper, name)).toBe(false);
    expect(await isLeader(Number(journal), name)).toBe(false);
    expect(await isLeader(process.pid, name)).toBe(false);
    expect(await isLeader(leaderPid ?? 0, internet)).toBe(false);
  });

  it("keeps its disk over a reboot from inside, an ordered reboot and an orderly shutdown", async () => {
    const firstBoot = scenario.droplet(id).leaderPid;
    await scenario.inside(id, "sh", "-c", "echo 1 >/root/marks; touch /run/gone-with-the-boot");
    await finishCommand(insideMachine(firstBoot ?? -1, ["systemctl", "reboot"]));
    const secondBoot = await eventually(
      () => scenario.droplet(id).leaderPid,
      (pid) => pid !== null && pid !== firstBoot,
    );
    expect(await scenario.inside(id, "sh", "-c", "ls /run/gone-with-the-boot || echo 2 >>/root/marks")).toBe("");

    await scenario.machines.reboot(id);
    expect(scenario.droplet(id).leaderPid).not.toBe(secondBoot);
    await scenario.inside(id, "sh", "-c", "echo 3 >>/root/marks");

    await scenario.machines.shutdown(id);
    expect(scenario.droplet(id)).toMatchObject({ state: "off", leaderPid: null });
    await scenario.machines.powerOn(id);
    expect(await scenario.inside(id, "cat", "/root/marks")).toBe("1\n2\n3\n");
    expect(readFileSync(`${scenario.droplet(id).folders.disk}/root/marks`, "utf8")).toBe("1\n2\n3\n");
  });

  it("loses what is in memory and nothing else in a power cut", async () => {
    const { leaderPid } = scenario.droplet(id);
    await scenario.inside(id, "sh", "-c", "echo kept >/root/kept; sync; echo lost >/dev/shm/lost");
    await scenario.machines.powerOff(id);
    expect(existsSync(`/proc/${leaderPid ?? 0}`)).toBe(false);
    expect(scenario.droplet(id)).toMatchObject({ state: "off", leaderPid: null });
    expect(labTraces(dropletNamespace(scenario.run, id)).filter((trace) => trace.startsWith("process"))).toEqual([]);
    await scenario.machines.powerOn(id);
    expect(await scenario.inside(id, "cat", "/root/kept")).toBe("kept\n");
    expect((await scenario.inside(id, "ls", "/dev/shm")).trim()).toBe("");
  });

  it("stays off when it shuts itself down", async () => {
    await finishCommand(insideMachine(scenario.droplet(id).leaderPid ?? -1, ["systemctl", "poweroff"]));
    await eventually(
      () => scenario.droplet(id).state,
      (state) => state === "off",
    );
    await scenario.machines.powerOn(id);
    expect(scenario.droplet(id).state).toBe("on");
  });
});

describe("the cloud firewall, with real packets", () => {
  const [a, b] = [2, 3];
  const address = { a: "198.51.100.17", b: "198.51.100.18" };
  const listeners: ChildProcess[] = [];
  const names = (): { a: string; b: string } => ({
    a: dropletNamespace(scenario.run, a),
    b: dropletNamespace(scenario.run, b),
  });

  beforeAll(async () => {
    await scenario.machines.applyFirewalls(a, [firewall([])]);
    await Promise.all([a, b].map((id) => scenario.machines.create(scenario.spec(id))));
    // Only the cloud's firewall is on trial here, so the image's own goes.
    await Promise.all([a, b].map((id) => scenario.inside(id, "nft", "flush", "ruleset")));
    for (const netns of [names().a, names().b, internet]) {
      for (const port of [80, 8022]) listeners.push(await listenIn(netns, port));
    }
  });

  afterAll(async () => {
    for (const listener of listeners) listener.kill("SIGKILL");
    await Promise.all([a, b].map((id) => scenario.machines.destroy(id)));
  });

  it("drops everything inbound when a firewall without inbound rules was there before the droplet", async () => {
    expect(await connectFrom(internet, address.a, 8022)).toBe("none");
    expect(await connectFrom(internet, address.a, 9)).toBe("none");
    expect(await sendFrom(internet, address.a, 8022)).toBe("none");
    expect(await connectFrom(names().b, address.a, 8022)).toBe("none");
  });

  it("leaves a droplet open that no firewall covers", async () => {
    expect(await connectFrom(internet, address.b, 8022)).toBe("open");
    expect(await connectFrom(internet, address.b, 9)).toBe("closed");
    expect(await sendFrom(internet, address.b, 8022)).toBe("open");
    expect(await connectFrom(names().b, "203.0.113.10", 8022)).toBe("open");
  });

  it("admits exactly the ports, protocols and sources of the inbound rules", async () => {
    await scenario.machines.applyFirewalls(b, [firewall([tcp("8000-8030", ["203.0.113.0/24"]), udp("80")])]);
    expect(await connectFrom(internet, address.b, 8022, "203.0.113.10")).toBe("open");
    expect(await connectFrom(internet, address.b, 8022, "198.51.100.1")).toBe("none");
    expect(await connectFrom(internet, address.b, 80, "203.0.113.10")).toBe("none");
    expect(await sendFrom(internet, address.b, 80)).toBe("open");
    expect(await sendFrom(internet, address.b, 8022)).toBe("none");
  });

  it("adds up the rules of several firewalls", async () => {
    await scenario.machines.applyFirewalls(b, [firewall([tcp("80")]), firewall([tcp("8022")])]);
    expect(await connectFrom(internet, address.b, 80)).toBe("open");
    expect(await connectFrom(internet, address.b, 8022)).toBe("open");
    expect(await connectFrom(internet, address.b, 9)).toBe("none");
  });

  it("lets a full port scan of a covered droplet find nothing, and one of an open droplet everything", async () => {
    await scenario.machines.applyFirewalls(b, null);
    const from = (argv: readonly string[]): readonly string[] => inNamespace(internet, argv);
    const control = { address: address.b, port: 8022 };
    expect(await portScan({ addresses: [address.a], control, from })).toEqual([
      { address: address.a, open: [], closed: 0, filtered: 65_535, rejected: 0, answers: 0 },
    ]);
    await scenario.machines.applyFirewalls(a, null);
    expect(await portScan({ addresses: [address.a], control, from })).toEqual([
      { address: address.a, open: [80, 8022], closed: 65_533, filtered: 0, rejected: 0, answers: 65_535 },
    ]);
  });

  it("limits what a droplet sends, and lets answers back in", async () => {
    await scenario.machines.applyFirewalls(a, [firewall([], [tcp("80", ["203.0.113.10/32"])])]);
    expect(await connectFrom(names().a, "203.0.113.10", 80)).toBe("open");
    expect(await connectFrom(names().a, "203.0.113.10", 8022)).toBe("none");
    expect(await connectFrom(names().a, "203.0.113.20", 80)).toBe("none");
    expect(await sendFrom(names().a, "203.0.113.10", 80)).toBe("none");
  });

  it("needs both droplets' firewalls to agree on what passes between them", async () => {
    await scenario.machines.applyFirewalls(a, [firewall([], [tcp("0")])]);
    await scenario.machines.applyFirewalls(b, [firewall([tcp("80")])]);
    expect(await connectFrom(names().a, address.b, 80)).toBe("open");
    expect(await connectFrom(names().a, address.b, 8022)).toBe("none");
    await scenario.machines.applyFirewalls(a, [firewall([], [tcp("8022")])]);
    expect(await connectFrom(names().a, address.b, 80)).toBe("none");
  });

  it("always leaves the metadata service reachable", async () => {
    await scenario.machines.applyFirewalls(a, [firewall([])]);
    expect(await connectFrom(names().a, "169.254.169.254", 80)).toBe("open");
    expect(await connectFrom(names().a, "203.0.113.10", 80)).toBe("none");
  });

  it("drops what a droplet sends in another's name", async () => {
    const watch = await watchDatagrams(internet, 8053);
    listeners.push(watch.child);
    await scenario.machines.applyFirewalls(a, null);
    await runCommand(inNamespace(names().a, ["ip", "address", "add", `${address.b}/32`, "dev", "lo"]));

    await sendFrom(names().a, "203.0.113.10", 8053, address.b);
    await sendFrom(names().a, "203.0.113.10", 8053);
    await eventually(
      () => watch.sources,
      (sources) => sources.includes(address.a),
    );
    expect(watch.sources).toEqual([address.a]);

    // Without the cloud's rules the forged one arrives, so it was the rules that dropped it.
    await runCommand(inNamespace(internet, ["nft", "delete", "table", "inet", "cloud_d2"]));
    await sendFrom(names().a, "203.0.113.10", 8053, address.b);
    await eventually(
      () => watch.sources,
      (sources) => sources.includes(address.b),
    );
    await runCommand(inNamespace(names().a, ["ip", "address", "delete", `${address.b}/32`, "dev", "lo"]));
  });

  it("keeps what was in force when new rules make no sense", async () => {
    await scenario.machines.applyFirewalls(a, [firewall([])]);
    await expect(scenario.machines.applyFirewalls(a, [firewall([tcp("all of them")])])).rejects.toThrow(
      'cannot filter the ports "all of them": neither a port nor a range of ports',
    );
    expect(await connectFrom(internet, address.a, 8022)).toBe("none");
  });

  it("filters IPv6 like IPv4", async () => {
    const id = 4;
    const netns = dropletNamespace(scenario.run, id);
    const publicIpv6 = { address: "2001:db8:5::4", prefixLength: 64, gateway: "2001:db8:5::1" };
    await scenario.machines.applyFirewalls(id, [firewall([tcp("80", ["::/0"])])]);
    await scenario.machines.create(scenario.spec(id, { publicIpv6 }));
    await scenario.inside(id, "nft", "flush", "ruleset");
    for (const port of [80, 8022]) listeners.push(await listenIn(netns, port));
    expect(await connectFrom(internet, publicIpv6.address, 80)).toBe("open");
    expect(await connectFrom(internet, publicIpv6.address, 8022)).toBe("none");
    expect(await connectFrom(internet, "198.51.100.19", 80)).toBe("none");
    await scenario.machines.destroy(id);
  });
});

describe("the end of a droplet", () => {
  it("leaves no process, namespace, mount, control group or folder", async () => {
    const id = 5;
    const name = dropletNamespace(scenario.run, id);
    await scenario.machines.create(scenario.spec(id));
    const { folders } = scenario.droplet(id);
    expect(labTraces(name).length).toBeGreaterThan(5);
    await scenario.machines.destroy(id);
    expect(labTraces(name)).toEqual([]);
    expect(existsSync(folders.directory)).toBe(false);
    expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain(folders.directory);
    expect(await runCommand(inNamespace(internet, ["ip", "-brief", "link"]))).not.toMatch(/^d5@/m);
    expect(await runCommand(inNamespace(internet, ["nft", "list", "tables"]))).not.toContain("cloud_d5");
    expect(scenario.machines.list()).toEqual([]);
  });

  it("is no error for a droplet that never was", async () => {
    await expect(scenario.machines.destroy(77)).resolves.toBeUndefined();
  });

  it("frees its address for the next droplet at once", async () => {
    const { publicIpv4 } = scenario.spec(6);
    for (const id of [6, 7]) {
      await scenario.machines.create(scenario.spec(id, { publicIpv4 }));
      await scenario.machines.destroy(id);
    }
    expect(labTraces(`${scenario.run}-d`)).toEqual([]);
  });
});

describe("a droplet that cannot boot", () => {
  it("says that the image has no root filesystem", async () => {
    await expect(scenario.machines.create(scenario.spec(8, { imageId: images.unknown }))).rejects.toThrow(
      'cannot boot droplet "8": image 3 has no root filesystem here',
    );
  });

  it("says that the image's folder holds no system", async () => {
    await expect(scenario.machines.create(scenario.spec(8, { imageId: images.empty }))).rejects.toThrow(
      /holds no system with systemd$/,
    );
  });

  it("leaves nothing behind when the boot itself fails", async () => {
    // Its namespace is taken, so the wire cannot be made.
    const netns = dropletNamespace(scenario.run, 9);
    await connectMachine(scenario.run, { netns, link: "other", address: "198.51.100.200" });
    await expect(scenario.machines.create(scenario.spec(9))).rejects.toThrow(/^cannot run "ip netns add/);
    expect(labTraces(netns)).toEqual([]);
    expect(scenario.machines.list()).toEqual([]);
    await runCommand(inNamespace(internet, ["sh", "-c", "ip link delete other 2>/dev/null || true"]));
  });

  it("refuses the power button of a droplet that does not exist", async () => {
    await expect(scenario.machines.powerOn(10)).rejects.toThrow('cannot use droplet "10": it was never created');
  });
});
