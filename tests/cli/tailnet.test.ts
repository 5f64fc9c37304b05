// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { askTailscaledAt } from "../../cli/askTailscaled.ts";
import type { UserError } from "../../cli/errors.ts";
import { addressOf, fetchTailnetStatus, parseTailnetStatus } from "../../cli/tailnet.ts";
import { tailnetWith } from "../support/agentWorld.ts";
import { startFakeLocalApi, statusDocument, type FakeLocalApi } from "../support/fakeLocalApi.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
let api: FakeLocalApi | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

const peer = { ID: "n1", HostName: "a1", TailscaleIPs: ["fd7a::1", "100.64.0.7"], Tags: ["tag:agent"], Online: true };

async function failureOf(work: Promise<unknown>): Promise<UserError> {
  return (await work.catch((thrown: unknown) => thrown)) as UserError;
}

describe("the operator's tailscaled", () => {
  it("is asked over its socket as its LocalAPI wants to be asked", async () => {
    api = await startFakeLocalApi(join(folder(), "tailscaled.sock"));
    api.status = statusDocument({
      Peer: { "nodekey:1": peer, "nodekey:2": { ID: "n2", HostName: "phone", TailscaleIPs: null } },
    });
    expect(await fetchTailnetStatus(askTailscaledAt(api.socketPath))).toEqual({
      backendState: "Running",
      tun: true,
      peers: [
        { nodeId: "n1", hostName: "a1", addresses: ["fd7a::1", "100.64.0.7"], tags: ["tag:agent"], online: true },
        { nodeId: "n2", hostName: "phone", addresses: [], tags: [], online: false },
      ],
    });
    expect(api.asked).toEqual(["/localapi/v0/status"]);
  });

  it("that does not run gives an error that names its socket", async () => {
    const socket = join(folder(), "nobody.sock");
    const error = await failureOf(fetchTailnetStatus(askTailscaledAt(socket)));
    expect(error.message).toBe(`cannot ask tailscaled at "${socket}": the socket does not exist`);
    expect(error.hints).toEqual(["start tailscaled on this machine, or name its socket with CLAWS_TAILSCALE_SOCKET"]);
    expect(error.exitCode).toBe(1);
  });

  it.each([
    ["refuses", 403, "no", "answered with status 403"],
    ["answers something else", 200, "{", "cannot read the answer of tailscaled"],
    ["leaves a member out", 200, "{}", "cannot read the answer of tailscaled"],
    [
      "has a peer without an ID",
      200,
      '{"BackendState":"Running","Peer":{"x":{"HostName":"h"}}}',
      "cannot read the answer of tailscaled",
    ],
    ["has a list of peers", 200, '{"BackendState":"Running","Peer":[]}', "cannot read the answer of tailscaled"],
  ])("that %s gives a clear error", async (_, status, body, message) => {
    api = await startFakeLocalApi(join(folder(), "tailscaled.sock"));
    api.status = (_request, response) => response.writeHead(status).end(body);
    expect((await failureOf(fetchTailnetStatus(askTailscaledAt(api.socketPath)))).message).toContain(message);
  });

  it("may have no peers", () => {
    const status = parseTailnetStatus(Buffer.from('{"BackendState":"NeedsLogin","Peer":null}'));
    expect(status).toEqual({ backendState: "NeedsLogin", tun: false, peers: [] });
  });
});

describe("the address of a node", () => {
  it("is found by its ID alone, IPv4 first", () => {
    const status = parseTailnetStatus(Buffer.from(JSON.stringify({ BackendState: "Running", Peer: { x: peer } })));
    expect(addressOf(status, "n1", "tag:agent")).toBe("100.64.0.7");
  });

  it.each([
    ["is not there", tailnetWith({ other: "100.64.0.1" }), "no node n1 in the tailnet"],
    [
      "lost its tag",
      {
        ...tailnetWith({}),
        peers: [{ nodeId: "n1", hostName: "a1", addresses: ["100.64.0.1"], tags: ["tag:other"], online: true }],
      },
      "node n1 does not carry tag:agent",
    ],
    [
      "has no address",
      {
        ...tailnetWith({}),
        peers: [{ nodeId: "n1", hostName: "a1", addresses: [], tags: ["tag:agent"], online: true }],
      },
      "node n1 has no address in the tailnet",
    ],
    [
      "cannot be reached",
      { ...tailnetWith({ n1: "100.64.0.1" }), backendState: "Stopped" },
      "this machine is not on the tailnet: tailscaled is in state Stopped",
    ],
  ])("is refused when the node %s, whatever other node has its name", (_, status, message) => {
    expect(() => addressOf(status, "n1", "tag:agent")).toThrow(message);
  });
});
