// SPDX-License-Identifier: Apache-2.0
import { findLeader, insideMachine, isLeader, nspawnArguments, systemdSignal } from "../../../lab/droplet/nspawn.ts";

const options = { name: "claws-0a1b2c-d7", root: "/lab/root", console: "/lab/console.log", run: "0a1b2c" };

describe("nspawnArguments", () => {
  it("shares nothing with the host but the TUN device and the kernel", () => {
    expect(nspawnArguments(options)).toEqual([
      "setpriv",
      "--pdeathsig",
      "TERM",
      "--",
      "systemd-nspawn",
      "--quiet",
      "--register=no",
      "--keep-unit",
      "--machine=claws-0a1b2c-d7",
      "--directory=/lab/root",
      "--network-namespace-path=/run/netns/claws-0a1b2c-d7",
      "--capability=CAP_NET_ADMIN",
      "--bind=/dev/net/tun",
      "--resolv-conf=off",
      "--timezone=off",
      "--link-journal=no",
      "--console=pipe",
      "--boot",
    ]);
  });
});

describe("systemdSignal", () => {
  it("counts real-time signals as Linux does", () => {
    expect(systemdSignal).toEqual({ powerOff: 38, reboot: 39 });
  });
});

describe("insideMachine", () => {
  it("enters every namespace and leaves the caller's environment outside", () => {
    const argv = insideMachine(4711, ["sh", "-c", "id"]);
    expect(argv.slice(0, 6)).toEqual(["nsenter", "--target=4711", "--all", "--", "env", "-i"]);
    expect(argv.slice(6, 9).map((word) => word.split("=")[0])).toEqual(["PATH", "HOME", "TERM"]);
    expect(argv.slice(9)).toEqual(["sh", "-c", "id"]);
  });
});

describe("isLeader", () => {
  it("is false for processes of this machine, its own first process included", async () => {
    expect(await isLeader(process.pid, options.name)).toBe(false);
    expect(await isLeader(1, options.name)).toBe(false);
    expect(await isLeader(2 ** 22 + 1, options.name)).toBe(false);
  });

  it("finds none among the children of a process without machines", async () => {
    expect(await findLeader(process.pid, options.name)).toBeNull();
  });
});
