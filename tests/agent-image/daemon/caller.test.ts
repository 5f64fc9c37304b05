// SPDX-License-Identifier: Apache-2.0
import { judgeCaller, type CallerFault } from "../../../agent-image/daemon/caller.ts";
import type { Whois } from "../../../agent-image/daemon/whois.ts";
import { OPERATOR, RUNNING } from "../../support/testDaemon.ts";

const CONTEXT = { self: RUNNING.self, agentTag: "tag:agent" };

describe("judgeCaller", () => {
  it("takes an operator with a capability for who it is", () => {
    expect(judgeCaller("127.0.0.1", OPERATOR, CONTEXT)).toEqual({
      identity: {
        nodeId: "nOPERATOR",
        name: "laptop.lab.example",
        address: "127.0.0.1",
        login: "op@lab.example",
        tags: [],
      },
      rules: [{ actions: ["status", "put", "activate", "revoke", "wipe", "audit", "seal", "restart"], keys: ["*"] }],
      fault: null,
    });
  });

  it("takes a tagged CI node, which has no login", () => {
    const caller = judgeCaller("127.0.0.1", { ...OPERATOR, login: null, tags: ["tag:ci"] }, CONTEXT);

    expect([caller.fault, caller.identity.login, caller.identity.tags]).toEqual([null, null, ["tag:ci"]]);
  });

  it.each<[CallerFault, Partial<Whois>]>([
    ["own-node", { nodeId: "nAGENT" }],
    ["other-agent", { tags: ["tag:ci", "tag:agent"] }],
    ["shared-node", { isShared: true }],
    ["expired-node", { isExpired: true }],
    ["foreign-address", { addresses: ["127.0.0.2"] }],
    ["foreign-address", { addresses: [] }],
    ["no-capability", { capability: [] }],
    [
      "malformed-capability",
      {
        capability: [
          { actions: ["put"], keys: ["*"] },
          { actions: ["putt"], keys: ["*"] },
        ],
      },
    ],
    ["malformed-capability", { capability: ["*"] }],
  ])("gives no rights for %s", (fault, change) => {
    const caller = judgeCaller("127.0.0.1", { ...OPERATOR, ...change }, CONTEXT);

    expect([caller.fault, caller.rules]).toEqual([fault, []]);
  });

  it("gives nobody rights while the own node lacks its tag, because then it is its owner", () => {
    const self = { ...RUNNING.self, tags: ["tag:other"] };

    expect(judgeCaller("127.0.0.1", OPERATOR, { ...CONTEXT, self }).fault).toBe("own-node-untagged");
  });

  it("knows nothing of a stranger but its address", () => {
    expect(judgeCaller("100.64.0.66", undefined, CONTEXT)).toEqual({
      identity: { nodeId: "", name: "", address: "100.64.0.66", login: null, tags: [] },
      rules: [],
      fault: "unknown-node",
    });
  });
});
