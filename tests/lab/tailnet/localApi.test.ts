// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { parseStatus, readLocalApi } from "../../../lab/tailnet/localApi.ts";

const peer = { ID: "2", HostName: "laptop", DNSName: "laptop.x.", TailscaleIPs: ["100.64.0.2"], Online: true };
const status = {
  BackendState: "Running",
  TUN: true,
  Self: { ID: "1", HostName: "a1", DNSName: "a1.x.", TailscaleIPs: ["100.64.0.1"], Tags: ["tag:agent"], Online: true },
  Peer: { "nodekey:2": peer },
};

describe("parseStatus", () => {
  it("reads a running node and its peers", () => {
    expect(parseStatus(status)).toEqual({
      backendState: "Running",
      tun: true,
      nodeId: "1",
      dnsName: "a1.x.",
      addresses: ["100.64.0.1"],
      tags: ["tag:agent"],
      peers: [
        { nodeId: "2", hostname: "laptop", dnsName: "laptop.x.", addresses: ["100.64.0.2"], tags: [], online: true },
      ],
    });
  });

  it("reads a node that has not joined: no addresses, no peers", () => {
    const fresh = {
      BackendState: "NeedsLogin",
      TUN: true,
      Self: { ID: "", HostName: "a1", DNSName: "", TailscaleIPs: null },
      Peer: null,
    };
    expect(parseStatus(fresh)).toMatchObject({
      backendState: "NeedsLogin",
      nodeId: "",
      dnsName: "",
      addresses: [],
      peers: [],
    });
  });

  it.each([
    ["no object", [], "not an object"],
    ["no state", { ...status, BackendState: undefined }, `"BackendState" is not a string`],
    ["no self", { ...status, Self: undefined }, "not an object"],
    ["a numeric ID", { ...status, Self: { ...status.Self, ID: 1 } }, `"ID" is not a string`],
    [
      "tags that are no list",
      { ...status, Self: { ...status.Self, Tags: "tag:agent" } },
      `"Tags" is not a list of strings`,
    ],
    ["a broken peer", { ...status, Peer: { x: { ...peer, DNSName: null } } }, `"DNSName" is not a string`],
  ])("refuses %s", (_what, value, message) => {
    expect(() => parseStatus(value)).toThrow(`cannot read tailscaled's status: ${message}`);
  });

  it("throws nothing but errors of its own for any value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) =>
        expect(() => parseStatus(value)).toThrow(/^cannot read tailscaled's status/),
      ),
    );
  });
});

describe("readLocalApi", () => {
  let directory: string;
  let socket: string;
  let server: Server;
  const hosts: (string | undefined)[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "claws-la-"));
    socket = path.join(directory, "ts.sock");
    server = createServer((request, response) => {
      hosts.push(request.headers.host);
      if (request.url === "/ok") response.end(JSON.stringify({ path: request.url }));
      else response.writeHead(request.url === "/missing" ? 404 : 403).end("access denied\n");
    });
    server.listen(socket);
    await once(server, "listening");
  });
  afterEach(async () => {
    server.close();
    await rm(directory, { recursive: true, force: true });
  });

  it("asks under the name that tailscaled insists on", async () => {
    expect(await readLocalApi(socket, "/ok")).toEqual({ path: "/ok" });
    expect(hosts).toEqual(["local-tailscaled.sock"]);
  });

  it("gives null for 404 and tailscaled's words for another error", async () => {
    expect(await readLocalApi(socket, "/missing")).toBeNull();
    await expect(readLocalApi(socket, "/secret")).rejects.toThrow(
      'cannot read "/secret" from tailscaled: 403 access denied',
    );
  });

  it("rejects when nobody listens", async () => {
    await expect(readLocalApi(path.join(directory, "none"), "/ok")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
