// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { BROKER_PORT, CONTROL_PORT, WORKLOAD_PORT } from "../../protocol/constants.ts";

const folder = join(import.meta.dirname, "../../agent-image");
const read = (path: string): Promise<string> => readFile(join(folder, path), "utf8");
const unit = (name: string): Promise<string> => read(`files/etc/systemd/system/${name}`);

/** Values of a setting of a unit, in order. */
const settings = (text: string, name: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);

describe("the packet filter", () => {
  it("opens the ports of protocol/ and no other, on the tailnet's device only", async () => {
    const rules = await read("files/etc/office-claws/nftables.nft");
    const input = /chain input \{(.*?)\n\t\}/s.exec(rules)?.[1] ?? "";
    const accepts = input.split("\n").filter((line) => /\bdport\b.*accept/.test(line));
    expect(accepts.map((line) => line.trim())).toEqual([
      `iifname "tailscale0" tcp dport { ${CONTROL_PORT}, ${WORKLOAD_PORT} } ct state new accept`,
    ]);
  });

  it("lets the workload reach the broker's port and its own gateway, and answer at its own port", async () => {
    const rules = await read("files/etc/office-claws/nftables.nft");
    const agent = /chain agent \{(.*?)\n\t\}/s.exec(rules)?.[1] ?? "";
    expect(
      agent
        .split("\n")
        .filter((line) => line.includes("accept"))
        .map((line) => line.trim()),
    ).toEqual([
      `oif "lo" ip daddr 127.0.0.1 tcp dport { ${BROKER_PORT}, 18790-18799 } accept`,
      'oif "lo" ip daddr 127.0.0.1 tcp sport 18790-18799 ct state established ct direction reply accept',
      `oifname { "lo", "tailscale0" } tcp sport ${WORKLOAD_PORT} ct state established ct direction reply accept`,
      "ip daddr . tcp dport @agent_egress4 accept",
      "ip6 daddr . tcp dport @agent_egress6 accept",
      "udp dport 53 ip daddr . udp dport @agent_egress4 accept",
      "udp dport 53 ip6 daddr . udp dport @agent_egress6 accept",
    ]);
  });

  it("lists no way out of the workload and no remote broker by itself", async () => {
    const rules = await read("files/etc/office-claws/nftables.nft");
    const sets = [...rules.matchAll(/^\tset (\w+) \{(.*?)^\t\}/gms)].map(([, name, body = ""]) => [name, body]);
    expect(sets.map(([name]) => name)).toEqual(["agent_egress4", "agent_egress6", "remote_broker4", "remote_broker6"]);
    expect(sets.filter(([, body]) => body?.includes("elements"))).toEqual([]);
    const flushed = [
      ...(await read("files/usr/lib/office-claws/egress-none.nft")).matchAll(/^flush set inet claws (\w+)$/gm),
    ];
    expect(flushed.map(([, name]) => name)).toEqual(sets.map(([name]) => name));
  });

  it("refuses the workload private addresses before it looks at the allow-list", async () => {
    const agent = /chain agent \{(.*?)\n\t\}/s.exec(await read("files/etc/office-claws/nftables.nft"))?.[1] ?? "";
    const lists = agent.indexOf("@agent_egress4");
    for (const refused of ["ip daddr $private4 counter reject", "ip6 daddr $private6 counter reject"]) {
      expect(agent.indexOf(refused)).toBeGreaterThan(0);
      expect(agent.indexOf(refused)).toBeLessThan(lists);
    }
  });

  it.each(["files/etc/office-claws/nftables.nft", "files/usr/lib/office-claws/closed.nft"])(
    "drops by default at every hook in %s",
    async (path) => {
      const hooks = [...(await read(path)).matchAll(/type filter hook (\w+) .*policy (\w+);/g)];
      expect(hooks.map(([, hook, policy]) => [hook, policy])).toEqual([
        ["input", "drop"],
        ["forward", "drop"],
        ["output", "drop"],
      ]);
    },
  );

  it("is loaded by units that never unload it", async () => {
    for (const name of ["claws-closed.service", "claws-nftables.service"]) {
      const text = await unit(name);
      expect(settings(text, "ExecStop")).toEqual([]);
      expect(settings(text, "OnFailure")).toEqual(["claws-isolate.service"]);
      expect(settings(text, "Before").join(" ")).toMatch("network-pre.target");
    }
  });
});

describe("the units", () => {
  it("give the workload the broker's addresses and no key", async () => {
    expect(settings(await unit("claws-workload.service"), "Environment")).toEqual([
      `CLAWS_BROKER_URL=http://127.0.0.1:${BROKER_PORT}`,
      `ANTHROPIC_BASE_URL=http://127.0.0.1:${BROKER_PORT}/anthropic`,
      `OPENAI_BASE_URL=http://127.0.0.1:${BROKER_PORT}/openai/v1`,
      "CLAWS_AGENT_TOKEN_FILE=/run/office-claws/agent-token",
      "NODE_ENV=production",
    ]);
  });

  it("let workloads listen at the port of protocol/", async () => {
    expect(await read("workloads/ask/tailnetServers.ts")).toMatch(`const PORT = ${WORKLOAD_PORT};`);
  });

  it("run nothing that Node's inspector could be opened in, and write no core", async () => {
    for (const name of [
      "clawsd.service",
      "claws-workload.service",
      "claws-first-boot.service",
      "claws-network.service",
    ]) {
      const text = await unit(name);
      expect(settings(text, "ExecStart")[0]).toMatch(/^\/opt\/office-claws\/bin\/node --disable-sigusr1 /);
      expect(settings(text, "LimitCORE")).toEqual(["0"]);
      expect(settings(text, "MemorySwapMax")).toEqual(["0"]);
      expect(settings(text, "SystemCallErrorNumber")).toEqual(["EPERM"]);
    }
  });

  it("keep the workload off the daemon's ports, and send away whoever took them", async () => {
    expect(settings(await unit("claws-workload.service"), "SocketBindDeny")).toEqual([
      `tcp:${CONTROL_PORT}`,
      `tcp:${BROKER_PORT}`,
    ]);
    const [before = ""] = settings(await unit("clawsd.service"), "ExecStartPre");
    expect(before).toMatch(new RegExp(`:${CONTROL_PORT} .*:${BROKER_PORT} .*pkill -KILL -u agent`));
  });

  it("close io_uring, ptrace and pinging to the workload", async () => {
    expect(settings(await unit("claws-workload.service"), "SystemCallFilter")).toContain(
      "~io_uring_setup io_uring_enter io_uring_register",
    );
    const sysctl = await read("files/etc/sysctl.d/zz-office-claws.conf");
    for (const line of [
      "kernel.io_uring_disabled = 2",
      "kernel.yama.ptrace_scope = 2",
      "net.ipv4.ping_group_range = 1 0",
    ]) {
      expect(sysctl.split("\n")).toContain(line);
    }
  });

  it("keep tailscaled's logs on the machine", async () => {
    const text = await unit("tailscaled.service");
    expect(settings(text, "ExecStart")[0]).toMatch(" --no-logs-no-support ");
    expect(settings(text, "Environment")).toContain("TS_NO_LOGS_NO_SUPPORT=true");
  });

  it("run first boot once, and not again for user-data that is wrong", async () => {
    const text = await unit("claws-first-boot.service");
    expect(settings(text, "ConditionPathExists")).toEqual(["!/var/lib/office-claws/agent.json"]);
    expect(settings(text, "RestartPreventExitStatus")).toEqual(["2"]);
  });
});

describe("the provision scripts", () => {
  it("are numbered without a number twice, stop at the first error and are plain shell", async () => {
    const names = (await readdir(join(folder, "provision"))).filter(
      (name) => name.endsWith(".sh") && name !== "run.sh",
    );
    expect(names.map((name) => /^\d\d-[a-z]+\.sh$/.test(name))).toEqual(names.map(() => true));
    expect(new Set(names.map((name) => name.slice(0, 2))).size).toBe(names.length);
    for (const name of [...names, "run.sh"]) {
      const text = await read(`provision/${name}`);
      expect(text.startsWith("#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n")).toBe(true);
      expect(text).toMatch(/^set -eu$/m);
    }
  });

  it("copy regular files only", async () => {
    const entries = await readdir(join(folder, "files"), { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => !one.isDirectory())) {
      expect((await stat(join(entry.parentPath, entry.name))).isFile() && !entry.isSymbolicLink()).toBe(true);
    }
  });
});
