// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { ApiError } from "../../../lab/digitalocean/apiError.ts";
import { Fields } from "../../../lab/digitalocean/fields.ts";
import {
  isAddressOrCidr,
  isSameRule,
  readPorts,
  readRule,
  renderRule,
} from "../../../lab/digitalocean/firewallRules.ts";

const port = fc.integer({ min: 1, max: 65_535 });

function read(rule: object): ReturnType<typeof readRule> {
  return readRule(new Fields(rule), "sources");
}

describe("readPorts", () => {
  it("keeps every single port and every range", () => {
    fc.assert(
      fc.property(port, port, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(readPorts("tcp", String(a))).toBe(String(a));
        expect(readPorts("udp", `${low}-${high}`)).toBe(`${low}-${high}`);
      }),
    );
  });

  it("refuses every range that runs backwards", () => {
    fc.assert(
      fc.property(port, port, (a, b) => {
        fc.pre(a !== b);
        expect(() => readPorts("tcp", `${Math.max(a, b)}-${Math.min(a, b)}`)).toThrow(ApiError);
      }),
    );
  });

  it("accepts no text but all, 0, a port or a range", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9-]{0,12}$/));
    fc.assert(
      fc.property(text, (ports) => {
        try {
          return /^(0|[1-9]\d{0,4}|[1-9]\d{0,4}-[1-9]\d{0,4})$/.test(readPorts("tcp", ports));
        } catch (error) {
          return error instanceof ApiError && error.status === 422;
        }
      }),
    );
  });

  it.each([
    ["all", "0"],
    ["0", "0"],
    [0, "0"],
    [22, "22"],
    ["22", "22"],
    ["1-65535", "1-65535"],
    ["80-80", "80-80"],
  ])("stores %j as %s", (given, stored) => {
    expect(readPorts("tcp", given)).toBe(stored);
  });

  it.each([
    [undefined, "you must specify a positive value for ports"],
    ["", "you must specify a positive value for ports"],
    [{}, "you must specify a valid range for ports"],
    ["65536", "you must specify a valid range for ports"],
    ["-1", "you must specify a valid range for ports"],
    [-1, "you must specify a valid range for ports"],
    ["22,80", "you must specify a valid range for ports"],
    ["22-", "you must specify a valid range for ports"],
    ["-22", "you must specify a valid range for ports"],
    ["1-2-3", "you must specify a valid range for ports"],
    ["0-80", "you must specify a valid range for ports"],
    [" 22", "you must specify a valid range for ports"],
    ["ALL", "you must specify a valid range for ports"],
    ["0x16", "you must specify a valid range for ports"],
    ["2２", "you must specify a valid range for ports"],
  ])("refuses %j for tcp", (given, message) => {
    expect(() => readPorts("tcp", given)).toThrow(message);
  });

  it("has only all ports for icmp", () => {
    expect([undefined, "", "0", "all", 0].map((ports) => readPorts("icmp", ports))).toEqual(["0", "0", "0", "0", "0"]);
    expect(() => readPorts("icmp", "22")).toThrow("you must not specify ports for icmp");
  });
});

describe("isAddressOrCidr", () => {
  it("accepts every IPv4 and IPv6 address, with every prefix length", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, prefix) => {
        expect([isAddressOrCidr(address), isAddressOrCidr(`${address}/${prefix}`)]).toEqual([true, true]);
        expect(isAddressOrCidr(`${address}/${prefix + 33}`)).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), fc.integer({ min: 0, max: 128 }), (address, prefix) => {
        expect([isAddressOrCidr(address), isAddressOrCidr(`${address}/${prefix}`)]).toEqual([true, true]);
        expect(isAddressOrCidr(`${address}/${prefix + 129}`)).toBe(false);
      }),
    );
  });

  it.each([
    "",
    "/",
    "1.2.3.4/",
    "1.2.3.4/a",
    "1.2.3.4/8/8",
    "1.2.3",
    "example.com",
    "::/129",
    "::/01",
    "fe80::1%eth0",
    "::1%/64",
    "0.0.0.0/00",
  ])("refuses %j", (text) => {
    expect(isAddressOrCidr(text)).toBe(false);
  });
});

describe("readRule and renderRule", () => {
  it("normalise as the API does", () => {
    const rule = read({ protocol: "TCP", ports: "all", sources: { addresses: ["1.2.3.4", "::/0"] } });
    expect(renderRule(rule, "sources")).toEqual({
      protocol: "tcp",
      ports: "0",
      action: "allow",
      sources: { addresses: ["1.2.3.4", "::/0"] },
    });
  });

  it("take a rule without any target, which matches nothing", () => {
    expect(renderRule(read({ protocol: "icmp", sources: {} }), "sources")).toEqual({
      protocol: "icmp",
      ports: "0",
      action: "allow",
      sources: {},
    });
  });

  it("read back what was shown", () => {
    const rule = read({
      protocol: "udp",
      ports: "53-54",
      action: "deny",
      sources: { addresses: ["10.0.0.0/8"], tags: ["a"], droplet_ids: [1, 2] },
    });
    expect(read(renderRule(rule, "sources"))).toEqual(rule);
  });

  it.each([
    [{ ports: "22", sources: {} }, "protocol is required"],
    [{ protocol: "sctp", ports: "22", sources: {} }, "you must specify a valid protocol: tcp, udp or icmp"],
    [{ protocol: "tcp", sources: {} }, "you must specify a positive value for ports"],
    [{ protocol: "tcp", ports: "22" }, "you must specify sources"],
    [{ protocol: "tcp", ports: "22", destinations: {} }, "you must specify sources"],
    [{ protocol: "tcp", ports: "22", sources: [] }, "sources must be an object"],
    [{ protocol: "tcp", ports: "22", sources: { addresses: ["::/129"] } }, "invalid address: ::/129"],
    [{ protocol: "tcp", ports: "22", sources: { addresses: [""] } }, "invalid address: "],
    [{ protocol: "tcp", ports: "22", sources: { droplet_ids: ["1"] } }, /must be an array of integers$/],
    [{ protocol: "tcp", ports: "22", sources: { load_balancer_uids: ["x"] } }, "load balancer does not exist"],
    [{ protocol: "tcp", ports: "22", sources: { kubernetes_ids: ["x"] } }, "kubernetes cluster does not exist"],
    [{ protocol: "tcp", ports: "22", action: "reject", sources: {} }, "you must specify a valid action"],
  ])("refuse %j", (rule, message) => {
    expect(() => read(rule)).toThrow(message);
  });

  it("tell rules apart, but not by the order of their targets", () => {
    const base = { protocol: "tcp", ports: "22", sources: { addresses: ["1.1.1.1", "2.2.2.2"], droplet_ids: [1, 2] } };
    const turned = { ...base, sources: { addresses: ["2.2.2.2", "1.1.1.1"], droplet_ids: [2, 1] } };
    expect(isSameRule(read(base), read(turned))).toBe(true);
    expect(isSameRule(read(base), read({ ...base, ports: "23" }))).toBe(false);
    expect(isSameRule(read(base), read({ ...base, protocol: "udp" }))).toBe(false);
    expect(isSameRule(read(base), read({ ...base, sources: { addresses: ["1.1.1.1"] } }))).toBe(false);
  });
});
