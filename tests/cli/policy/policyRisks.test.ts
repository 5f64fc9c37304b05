// SPDX-License-Identifier: Apache-2.0
// Who else reaches an agent's control port, in all the ways to say it.
import { findPolicyFaults } from "../../../cli/doctor/policyFaults.ts";
import { findPolicyRisks } from "../../../cli/policy/policyRisks.ts";

const TAG = "tag:agent";
const every = "a grant lets bob@example.com connect to every port of tag:agent, also to the control port";
const control = "a grant lets bob@example.com connect to the control port of tag:agent";
const src = ["bob@example.com"];

describe("a grant to agents", () => {
  it.each([
    [["*"], [every]],
    [["tcp:*"], [every]],
    [["tcp:22", "*"], [every]],
    [["7440"], [control]],
    [["tcp:7440"], [control]],
    [["tcp:7000-8000"], [control]],
    [["7440-7440"], [control]],
    [["17440"], []],
    [["tcp:22"], []],
    [["tcp:7441-9000", "udp:7440"], []],
  ])("for %j tells %j", (ip, told) => {
    expect(findPolicyRisks({ grants: [{ src, dst: [TAG], ip }] }, TAG, {})).toEqual(told);
  });

  it.each(["*", "autogroup:tagged", "100.64.0.0/10", "0.0.0.0/0", "fd7a:115c:a1e0::/48", "::/0"])(
    "that says %s for them is found",
    (dst) => {
      expect(findPolicyRisks({ grants: [{ src, dst: [dst], ip: ["*"] }] }, TAG, {})).toEqual([every]);
    },
  );

  it("is told apart from one to other machines", () => {
    const dst = ["tag:agent-2", "100.64.0.7", "fd7a:115c:a1e0::7440", "tag:web"];
    expect(findPolicyRisks({ grants: [{ src, dst, ip: ["*"] }] }, TAG, {})).toEqual([]);
  });
});

describe("an entry of acls to agents", () => {
  it.each([
    ["tag:agent:*", [every]],
    ["*:*", [every]],
    ["autogroup:tagged:*", [every]],
    ["100.64.0.0/10:*", [every]],
    ["fd7a:115c:a1e0::/48:*", [every]],
    ["tag:agent:7440", [control]],
    ["tag:agent:22,7000-8000", [control]],
    ["tag:agent:22", []],
    ["*:443", []],
    ["tag:web:*", []],
  ])("for %s tells %j", (dst, told) => {
    const acls = [{ action: "accept", src, dst: [dst] }];
    expect(findPolicyRisks({ acls }, TAG, {})).toEqual(told);
  });
});

it.each(["*", "autogroup:tagged", "autogroup:danger-all", "100.64.0.0/10", "0.0.0.0/0", "fd7a:115c:a1e0::/48", "::/0"])(
  "agents are among %s, and a way out for it is a fault",
  (everybody) => {
    const policy = { grants: [{ src: [everybody], dst: ["alice@example.com"], ip: ["tcp:443"] }] };
    expect(findPolicyFaults(policy, TAG)).toContainEqual({
      level: "fault",
      text: `a grant lets ${everybody}, agents too, reach alice@example.com`,
    });
  },
);
