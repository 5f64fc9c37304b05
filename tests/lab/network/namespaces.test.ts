// SPDX-License-Identifier: Apache-2.0
import { labAddresses, serviceAddresses } from "../../../lab/network/addresses.ts";
import {
  dropletNamespace,
  inNamespace,
  internetNamespace,
  namespaceFile,
  namespaceInode,
  operatorNamespace,
} from "../../../lab/network/namespaces.ts";
import { inPrivateNamespace } from "../../../lab/network/privateNamespace.ts";

describe("the names of a run", () => {
  it("all carry it, so that they can be found and told apart", () => {
    const names = [internetNamespace("0a1b2c"), operatorNamespace("0a1b2c"), dropletNamespace("0a1b2c", 510000002)];
    expect(names).toEqual(["claws-0a1b2c-inet", "claws-0a1b2c-op", "claws-0a1b2c-d510000002"]);
    expect(namespaceFile("claws-0a1b2c-op")).toBe("/run/netns/claws-0a1b2c-op");
  });

  it("give machine names that a host name may have", () => {
    expect(dropletNamespace("0a1b2c", Number.MAX_SAFE_INTEGER)).toMatch(/^[a-z0-9-]{1,63}$/);
  });
});

describe("the addresses", () => {
  it("are reserved for documentation, link-local for metadata", () => {
    const documentation = /^(203\.0\.113|198\.51\.100|192\.0\.2)\.\d+$|^2001:db8:/;
    const others = Object.values(labAddresses).filter((address) => !documentation.test(address));
    expect(others).toEqual(["169.254.169.254"]);
  });

  it("name each service once", () => {
    expect(new Set(serviceAddresses).size).toBe(6);
  });
});

describe("inNamespace", () => {
  it("enters by file and ends the options before the command", () => {
    expect(inNamespace("ns", ["cmd", "--net=other"])).toEqual([
      "nsenter",
      "--net=/run/netns/ns",
      "--",
      "cmd",
      "--net=other",
    ]);
  });
});

describe("inPrivateNamespace", () => {
  it("hands over file and command as arguments of a constant script", () => {
    const argv = inPrivateNamespace("ns", "/lab dir/resolv.conf", ["cmd", "$(reboot)"]);
    expect(argv.slice(-4)).toEqual(["sh", "/lab dir/resolv.conf", "cmd", "$(reboot)"]);
    expect(argv.slice(0, 7)).toEqual([
      "nsenter",
      "--net=/run/netns/ns",
      "--",
      "unshare",
      "--mount",
      "--propagation",
      "private",
    ]);
    expect(argv.filter((argument) => argument.includes("mount --bind"))).toEqual([
      'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"',
    ]);
  });
});

describe("namespaceInode", () => {
  it("is null for a namespace that does not exist", async () => {
    expect(await namespaceInode("claws-no-such-namespace")).toBeNull();
  });
});
