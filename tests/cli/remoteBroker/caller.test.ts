// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { fetchCaller } from "../../../cli/remoteBroker/caller.ts";

const node = {
  StableID: "nADA",
  Addresses: ["100.64.0.7/32", "fd7a::7/128"],
  Tags: ["tag:agent"],
  Name: "ada.tailnet.example.",
};

function answering(document: unknown, status = 200) {
  const asked: string[] = [];
  const ask = (path: string) => {
    asked.push(path);
    return Promise.resolve({ status, body: Buffer.from(JSON.stringify(document)) });
  };
  return { ask, asked };
}

describe("fetchCaller", () => {
  it("gives the node behind an address and port, over TCP", async () => {
    const { ask, asked } = answering({ Node: node, UserProfile: { LoginName: "tagged-devices" } });
    expect(await fetchCaller(ask, "100.64.0.7", 4711)).toEqual({
      nodeId: "nADA",
      name: "ada.tailnet.example",
      tags: ["tag:agent"],
      addresses: ["100.64.0.7", "fd7a::7"],
      isShared: false,
      isExpired: false,
    });
    expect(asked).toEqual(["whois?proto=tcp&addr=100.64.0.7%3A4711"]);
  });

  it("puts an IPv6 address in brackets", async () => {
    const { ask, asked } = answering({ Node: node });
    await fetchCaller(ask, "fd7a::7", 4711);
    expect(asked).toEqual(["whois?proto=tcp&addr=%5Bfd7a%3A%3A7%5D%3A4711"]);
  });

  it("tells shared-in and expired nodes, and an untagged one by its empty list", async () => {
    const { ask } = answering({ Node: { ...node, Tags: null, Sharer: 12, Expired: true } });
    expect(await fetchCaller(ask, "100.64.0.7", 1)).toMatchObject({ tags: [], isShared: true, isExpired: true });
  });

  it("knows nobody where tailscaled knows nobody", async () => {
    expect(await fetchCaller(answering("no match", 404).ask, "100.64.0.9", 1)).toBeUndefined();
  });

  it("throws when tailscaled cannot answer", async () => {
    await expect(fetchCaller(answering({}, 500).ask, "100.64.0.9", 1)).rejects.toThrow("status 500");
  });

  it.each([
    [{}],
    [{ Node: {} }],
    [{ Node: { ...node, StableID: "" } }],
    [{ Node: { ...node, Tags: "tag:agent" } }],
    [[]],
  ])("makes no identity of %j", async (document) => {
    await expect(fetchCaller(answering(document).ask, "100.64.0.7", 1)).rejects.toThrow();
  });

  it("makes no identity of anything that is not one", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (document) => {
        await expect(fetchCaller(answering(document).ask, "100.64.0.7", 1)).rejects.toThrow();
      }),
    );
  });
});
