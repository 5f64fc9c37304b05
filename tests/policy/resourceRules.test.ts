// SPDX-License-Identifier: Apache-2.0
// Each rule starts from a resource that passes; each test breaks one property.
import { authKeyOneOffAndShort } from "../../policy/rules/authKeyOneOffAndShort.ts";
import { firewallNoInbound } from "../../policy/rules/firewallNoInbound.ts";
import { noPublicEntrance } from "../../policy/rules/noPublicEntrance.ts";
import { reportsOf } from "../support/policyHarness.ts";

const firewallType = "digitalocean:index/firewall:Firewall";
const keyType = "tailscale:index/tailnetKey:TailnetKey";
/** What stands for a value that a preview does not know. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("firewall-no-inbound", () => {
  const outboundRules = [{ protocol: "udp", portRange: "all", destinationAddresses: ["0.0.0.0/0"] }];
  const reports = (props: Record<string, unknown>) => reportsOf(firewallNoInbound, { type: firewallType, props });

  it("passes a firewall that only lets out", async () => {
    expect(await reports({ name: "f", outboundRules })).toEqual([]);
    expect(await reports({ name: "f", outboundRules, inboundRules: [] })).toEqual([]);
  });

  it.each([
    ["a port for all", { protocol: "tcp", portRange: "22", sourceAddresses: ["0.0.0.0/0"] }, "tcp 22"],
    ["IPv6 only", { protocol: "tcp", portRange: "443", sourceAddresses: ["::/0"] }, "tcp 443"],
    ["half of the internet", { protocol: "tcp", portRange: "1-65535", sourceAddresses: ["0.0.0.0/1"] }, "tcp 1-65535"],
    ["all UDP", { protocol: "udp", portRange: "all", sourceAddresses: ["128.0.0.0/1"] }, "udp all"],
    ["port 0, which means all", { protocol: "tcp", portRange: "0", sourceTags: ["x"] }, "tcp 0"],
    ["ping", { protocol: "icmp", sourceAddresses: ["0.0.0.0/0"] }, "icmp"],
    ["one private address", { protocol: "tcp", portRange: "22", sourceAddresses: ["10.0.0.1"] }, "tcp 22"],
    ["a load balancer", { protocol: "tcp", portRange: "80", sourceLoadBalancerUids: ["u"] }, "tcp 80"],
  ])("refuses %s", async (_what, rule, what) => {
    expect(await reports({ name: "f", outboundRules, inboundRules: [rule] })).toEqual([
      `The firewall must have no inbound rule, but one admits ${what}.`,
    ]);
  });

  it("names each rule of several", async () => {
    const rule = { protocol: "tcp", portRange: "22" };
    expect(await reports({ inboundRules: [rule, { ...rule, portRange: "80" }] })).toHaveLength(2);
  });

  it("does not pass a firewall whose rules a preview does not know", async () => {
    await expect(reports({ inboundRules: unknown })).rejects.toThrow("rule threw");
  });

  it("leaves other types alone", async () => {
    expect(await reportsOf(firewallNoInbound, { type: keyType, props: { inboundRules: [{}] } })).toEqual([]);
  });
});

describe("auth-key-one-off-and-short", () => {
  const good = {
    reusable: false,
    ephemeral: false,
    preauthorized: true,
    tags: ["tag:agent"],
    expiry: 900,
    recreateIfInvalid: "never",
  };
  const reports = (changes: Record<string, unknown>) =>
    reportsOf(authKeyOneOffAndShort, { type: keyType, props: { ...good, ...changes } });

  it("passes a one-off, tagged, lasting key of 900 s", async () => {
    expect(await reports({})).toEqual([]);
    expect(await reports({ expiry: 60, reusable: undefined, ephemeral: undefined })).toEqual([]);
  });

  it.each([
    ["reusable", true, "The auth key must be one-off, but it is reusable."],
    [
      "ephemeral",
      true,
      "The auth key must make a lasting node, but it is ephemeral: an offline droplet would be lost.",
    ],
    ["preauthorized", false, "The auth key must be preauthorized, but it is not."],
    ["preauthorized", undefined, "The auth key must be preauthorized, but it is not."],
    ["tags", [], "The auth key must carry a tag, but it has none: its node would act as the key's owner."],
    ["tags", undefined, "The auth key must carry a tag, but it has none: its node would act as the key's owner."],
    ["expiry", 901, "The auth key must expire within 900 seconds, but it lives 901."],
    ["expiry", 7_776_000, "The auth key must expire within 900 seconds, but it lives 7776000."],
    ["expiry", 0, "The auth key must expire within 900 seconds, but it lives 0."],
    ["expiry", undefined, "The auth key must expire within 900 seconds, but no expiry is set."],
    [
      "recreateIfInvalid",
      "always",
      'The auth key must set recreateIfInvalid to "never": else each refresh replaces the key and its droplet.',
    ],
    [
      "recreateIfInvalid",
      undefined,
      'The auth key must set recreateIfInvalid to "never": else each refresh replaces the key and its droplet.',
    ],
  ])("refuses %s = %j", async (name, value, message) => {
    expect(await reports({ [name]: value })).toEqual([message]);
  });
});

describe("no-public-entrance", () => {
  const reports = (type: string) => reportsOf(noPublicEntrance, { type, props: {} });

  it.each([firewallType, keyType, "digitalocean:index/droplet:Droplet", "digitalocean:index/vpc:Vpc"])(
    "passes %s",
    async (type) => {
      expect(await reports(type)).toEqual([]);
    },
  );

  it.each([
    "digitalocean:index/dropletAutoscale:DropletAutoscale",
    "digitalocean:index/floatingIp:FloatingIp",
    "digitalocean:index/floatingIpAssignment:FloatingIpAssignment",
    "digitalocean:index/loadBalancer:LoadBalancer",
    "digitalocean:index/reservedIp:ReservedIp",
    "digitalocean:index/reservedIpAssignment:ReservedIpAssignment",
    "digitalocean:index/reservedIpv6:ReservedIpv6",
    "digitalocean:index/reservedIpv6Assignment:ReservedIpv6Assignment",
  ])("refuses %s", async (type) => {
    expect(await reports(type)).toEqual([`The stack must have no public entrance, but it has a ${type}.`]);
  });
});
