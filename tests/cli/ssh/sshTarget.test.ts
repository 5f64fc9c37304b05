// SPDX-License-Identifier: Apache-2.0
import { knownHosts, sshTarget } from "../../../cli/ssh/sshTarget.ts";
import type { TailnetPeer, TailnetStatus } from "../../../cli/tailnet.ts";
import { knownAgent, tailnetWith } from "../../support/agentWorld.ts";

const ed25519 = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(43)}`;
const ecdsa = `ecdsa-sha2-nistp256 ${"AAAA".repeat(26)}`;
const rsa = `ssh-rsa ${"AAAA".repeat(93)}`;

const peer = (changes: Partial<TailnetPeer> = {}): TailnetPeer => ({
  ...{ nodeId: "nAGENT", hostName: "a1", addresses: ["100.64.0.7"], tags: ["tag:agent"], online: true },
  ...{ sshHostKeys: [ed25519], ...changes },
});
const tailnet = (...peers: readonly TailnetPeer[]): TailnetStatus => ({ backendState: "Running", tun: true, peers });
const target = (...peers: readonly TailnetPeer[]) => sshTarget(tailnet(...peers), "a1", knownAgent());

describe("where claws ssh logs in", () => {
  it("is the node with the agent's ID, known by the keys that the tailnet vouches for", () => {
    expect(target(peer({ sshHostKeys: [rsa, ecdsa, ed25519] }))).toEqual({
      address: "100.64.0.7",
      alias: "claws-node-nagent",
      hostKeys: [rsa, ecdsa, ed25519],
      keyTypes: ["rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256", "ssh-ed25519"],
      needsProxy: false,
    });
  });

  it("is never a node that only has the name, whatever key and place in the list it has", () => {
    const thief = peer({ nodeId: "nTHIEF", addresses: ["100.64.0.66"], sshHostKeys: [ecdsa] });
    for (const peers of [
      [thief, peer()],
      [peer(), thief],
    ])
      expect(target(...peers)).toMatchObject({ address: "100.64.0.7", hostKeys: [ed25519] });
    expect(() => target(thief)).toThrow("no node nAGENT in the tailnet");
  });

  it("is no node that lost the agents' tag", () => {
    expect(() => target(peer({ tags: [] }))).toThrow("node nAGENT does not carry tag:agent");
  });

  it.each([
    ["none at all", undefined],
    ["an empty list", []],
    ["a key for another host in the same line", [`${ed25519}\n* ${ed25519}`]],
    ["a marker", [`@cert-authority ${ed25519}`]],
    ["a kind of key that is broken", [`ssh-dss ${"AAAA".repeat(60)}`]],
    ["a comment", [`${ed25519} root@a1`]],
    ["words", ["ssh-ed25519 trust-me"]],
  ])("is nowhere when what the tailnet vouches for is %s", (_, sshHostKeys) => {
    const [bare] = tailnetWith({ nAGENT: "100.64.0.7" }).peers;
    const node = { ...bare, ...(sshHostKeys === undefined ? {} : { sshHostKeys }) } as TailnetPeer;
    expect(() => target(node)).toThrow(
      "refusing to log in to a1: the tailnet vouches for no SSH host key of node nAGENT",
    );
  });

  it("is reached through Tailscale's CLI where tailscaled has no interface", () => {
    expect(sshTarget({ ...tailnet(peer()), tun: false }, "a1", knownAgent()).needsProxy).toBe(true);
  });
});

describe("the file of known hosts", () => {
  it("has a line for each key, under a name that is the node's alone", () => {
    expect(knownHosts(target(peer({ sshHostKeys: [ecdsa, ed25519] })))).toBe(
      `claws-node-nagent ${ecdsa}\nclaws-node-nagent ${ed25519}\n`,
    );
  });
});
