// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from "node:http";
import type { BrokerClient } from "../../../broker/brokerClient.ts";
import type { WhoisNode } from "../../../protocol/whoisNode.ts";
import { identifyAgent, type RemoteAgent } from "../../../cli/remoteBroker/identifyAgent.ts";

const client = (name: string): BrokerClient => ({ name, providers: [], keys: { lend: () => "sealed" } });
const ada: RemoteAgent = { nodeId: "nADA", nodeTag: "tag:agent", client: client("ada") };
const grace: RemoteAgent = { nodeId: "nGRACE", nodeTag: "tag:agent", client: client("grace") };
const node: WhoisNode = {
  nodeId: "nADA",
  name: "ada.tailnet.example",
  tags: ["tag:agent"],
  addresses: ["100.64.0.7", "fd7a::7"],
  isShared: false,
  isExpired: false,
};

/** A request on a connection of its own, with whatever headers its sender likes. */
function requestFrom(remoteAddress: string, headers: Readonly<Record<string, string>> = {}): IncomingMessage {
  return { socket: { remoteAddress, remotePort: 4711 }, headers } as unknown as IncomingMessage;
}

function identifier(whois: (address: string, port: number) => Promise<WhoisNode | undefined>) {
  const asked: string[] = [];
  const clock = { now: 0 };
  const identify = identifyAgent({
    agents: [ada, grace],
    monotonic: () => clock.now,
    whois: (address, port) => {
      asked.push(`${address} ${port}`);
      return whois(address, port);
    },
  });
  return { identify, asked, clock };
}

const knowing = (found: WhoisNode | undefined) => identifier(() => Promise.resolve(found));

describe("identifyAgent", () => {
  it("lets in each agent as itself", async () => {
    expect(await knowing(node).identify(requestFrom("100.64.0.7"))).toBe(ada.client);
    expect(await knowing({ ...node, nodeId: "nGRACE" }).identify(requestFrom("100.64.0.7"))).toBe(grace.client);
    expect(await knowing(node).identify(requestFrom("fd7a::7"))).toBe(ada.client);
  });

  it.each<[string, WhoisNode | undefined]>([
    ["a stranger", undefined],
    ["a node that is nobody's here, in spite of the tag", { ...node, nodeId: "nMALLORY" }],
    ["the right node without its tag", { ...node, tags: [] }],
    ["the right node with another tag", { ...node, tags: ["tag:agents"] }],
    ["a node shared in from another tailnet", { ...node, isShared: true }],
    ["an expired node", { ...node, isExpired: true }],
    ["a machine behind the node's subnet routes", { ...node, addresses: ["100.64.0.8"] }],
  ])("refuses %s", async (_who, found) => {
    expect(await knowing(found).identify(requestFrom("100.64.0.7"))).toBe("unknown-agent");
  });

  it("believes nothing that a request says about its sender", async () => {
    const headers = { "tailscale-user-login": "ada", "x-forwarded-for": "100.64.0.7", authorization: "Bearer agt_x" };
    expect(await knowing(undefined).identify(requestFrom("203.0.113.9", headers))).toBe("unknown-agent");
  });

  it("asks by the plain form of an IPv4-mapped address", async () => {
    const { identify, asked } = knowing(node);
    expect(await identify(requestFrom("::ffff:100.64.0.7"))).toBe(ada.client);
    expect(asked).toEqual(["100.64.0.7 4711"]);
  });

  it("asks once for a connection, however many requests come over it, also at once", async () => {
    const { identify, asked } = knowing(node);
    const request = requestFrom("100.64.0.7");
    const found = await Promise.all([identify(request), identify(request)]);
    expect([...found, await identify(request)]).toEqual([ada.client, ada.client, ada.client]);
    expect(asked).toHaveLength(1);
  });

  it.each<[string, WhoisNode | undefined]>([
    ["lost its tag", { ...node, tags: [] }],
    ["expired", { ...node, isExpired: true }],
    ["was removed", undefined],
  ])("lets a node that %s go on for half a minute at most, however busy its connection is", async (_how, after) => {
    let current: WhoisNode | undefined = node;
    const { identify, clock } = identifier(() => Promise.resolve(current));
    const request = requestFrom("100.64.0.7");
    expect(await identify(request)).toBe(ada.client);
    current = after;
    for (clock.now = 1000; clock.now < 30_000; clock.now += 1000) expect(await identify(request)).toBe(ada.client);
    expect(await identify(request)).toBe("unknown-agent");
  });

  it("refuses while tailscaled cannot be asked, and asks again for the next request", async () => {
    let fails = true;
    const { identify } = identifier(() => (fails ? Promise.reject(new Error("gone")) : Promise.resolve(node)));
    const request = requestFrom("100.64.0.7");
    expect(await identify(request)).toBe("identity-unavailable");
    fails = false;
    expect(await identify(request)).toBe(ada.client);
  });
});
