// SPDX-License-Identifier: Apache-2.0
import { parseEgressEntry } from "../../../../agent-image/daemon/network/egressEntry.ts";
import { findWayAroundBroker, renderEgressRules } from "../../../../agent-image/daemon/network/egressRules.ts";

const entries = (...texts: readonly string[]) => texts.map((text) => parseEgressEntry(text, "egress"));

describe("the rules of the allow-list", () => {
  it("empty all sets when nothing is allowed", () => {
    expect(renderEgressRules({ entries: [], remoteBroker: undefined })).toBe(
      "flush set inet claws agent_egress4\nflush set inet claws agent_egress6\n" +
        "flush set inet claws remote_broker4\nflush set inet claws remote_broker6\n",
    );
  });

  it("hold each entry in the set of its family", () => {
    const rules = renderEgressRules({
      entries: entries("140.82.112.0/20:443", "[2606:50c0::/32]:443", "203.0.113.7/32:22"),
      remoteBroker: "100.64.0.9:7441",
    });
    expect(rules.split("\n")).toEqual([
      "flush set inet claws agent_egress4",
      "add element inet claws agent_egress4 { 140.82.112.0/20 . 443, 203.0.113.7/32 . 22 }",
      "flush set inet claws agent_egress6",
      "add element inet claws agent_egress6 { 2606:50c0::/32 . 443 }",
      "flush set inet claws remote_broker4",
      "add element inet claws remote_broker4 { 100.64.0.9 . 7441 }",
      "flush set inet claws remote_broker6",
      "",
    ]);
  });

  it("hold a remote broker with an IPv6 address in its own set", () => {
    expect(renderEgressRules({ entries: [], remoteBroker: "[fd7a:115c:a1e0::9]:7441" })).toMatch(
      "add element inet claws remote_broker6 { fd7a:115c:a1e0::9 . 7441 }\n",
    );
  });

  it("leave out what another entry covers, because nft refuses what overlaps", () => {
    const all = entries("140.82.112.0/24:443", "140.82.112.0/20:443", "140.82.112.0/20:443", "140.82.112.0/24:22");
    expect(renderEgressRules({ entries: all, remoteBroker: undefined })).toMatch(
      "add element inet claws agent_egress4 { 140.82.112.0/20 . 443, 140.82.112.0/24 . 22 }\n",
    );
  });
});

describe("a way around the broker", () => {
  const hosts = [
    { host: "api.one.example", addresses: ["203.0.113.11", "2001:db8::11"] },
    { host: "api.gone.example", addresses: [] },
  ];

  it.each([
    ["203.0.113.0/24:443", "203.0.113.11"],
    ["203.0.113.11/32:80", "203.0.113.11"],
    ["[2001:db8::/48]:443", "2001:db8::11"],
  ])("is %s, which holds a provider's address", (text, address) => {
    expect(findWayAroundBroker(entries("140.82.112.0/20:443", text), hosts)).toBe(
      `egress "${text}" holds ${address}, an address of api.one.example: that way is the broker's`,
    );
  });

  it("is not there when no entry holds a provider's address", () => {
    expect(findWayAroundBroker(entries("203.0.113.12/32:443", "[2001:db8:1::/48]:443"), hosts)).toBeUndefined();
  });
});
