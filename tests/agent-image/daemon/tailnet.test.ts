// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalApi } from "../../../agent-image/daemon/localApi.ts";
import { createTailnet } from "../../../agent-image/daemon/tailnet.ts";
import { unmapAddress } from "../../../broker/unmapAddress.ts";
import {
  FULL_CAPABILITY,
  startFakeLocalApi,
  statusDocument,
  whoisDocument,
  type FakeLocalApi,
} from "../../support/fakeLocalApi.ts";

let directory: string;
let api: FakeLocalApi;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "claws-localapi-"));
  api = await startFakeLocalApi(join(directory, "tailscaled.sock"));
});
afterEach(async () => {
  await api.close();
  await rm(directory, { recursive: true });
});

const tailnet = (timeout = 2000): ReturnType<typeof createTailnet> =>
  createTailnet(createLocalApi(api.socketPath, { timeout, maxBytes: 100_000 }));

describe("whois", () => {
  it("asks for the peer by address and port, IPv6 in brackets", async () => {
    await tailnet().whois("100.64.0.9", 4321);
    await tailnet().whois("fd7a:115c:a1e0::9", 4321);

    expect(api.asked).toEqual([
      "/localapi/v0/whois?proto=tcp&addr=100.64.0.9%3A4321",
      "/localapi/v0/whois?proto=tcp&addr=%5Bfd7a%3A115c%3Aa1e0%3A%3A9%5D%3A4321",
    ]);
  });

  it("reads a user's node", async () => {
    expect(await tailnet().whois("127.0.0.1", 1)).toEqual({
      nodeId: "nOPERATOR",
      name: "laptop.lab.example",
      tags: [],
      login: "op@lab.example",
      addresses: ["127.0.0.1"],
      isShared: false,
      isExpired: false,
      capability: FULL_CAPABILITY,
    });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["a tagged node", whoisDocument({ Tags: ["tag:ci"] }), { tags: ["tag:ci"], login: null }],
    ["a shared node", whoisDocument({ Sharer: 8171234567890123 }), { isShared: true }],
    ["an expired node", whoisDocument({ Expired: true }), { isExpired: true }],
    ["a node without any grant", { ...whoisDocument(), CapMap: null }, { capability: [] }],
    ["a node with other grants only", { ...whoisDocument(), CapMap: { "other.example/cap": [1] } }, { capability: [] }],
    ["a node with tags null", whoisDocument({ Tags: null }), { tags: [], login: "op@lab.example" }],
    [
      "two addresses",
      whoisDocument({ Addresses: ["100.64.0.9/32", "fd7a::9/128"] }),
      { addresses: ["100.64.0.9", "fd7a::9"] },
    ],
  ])("reads %s", async (_name, document, expected) => {
    api.whois = document;

    expect(await tailnet().whois("127.0.0.1", 1)).toMatchObject(expected);
  });

  it("gives undefined for 404, and an error for every other refusal", async () => {
    api.whois = (_request, response) => response.writeHead(404).end("no match for IP:port");
    expect(await tailnet().whois("127.0.0.1", 1)).toBeUndefined();

    api.whois = (_request, response) => response.writeHead(403).end("access denied");
    await expect(tailnet().whois("127.0.0.1", 1)).rejects.toThrow("cannot look up a caller: tailscaled answered 403");
  });

  it.each<[string, Record<string, unknown> | string]>([
    ["an empty object", {}],
    ["no node", { UserProfile: { LoginName: "x" } }],
    ["a node without an ID", whoisDocument({ StableID: "" })],
    ["an ID that is no text", whoisDocument({ StableID: 7 })],
    ["no user", { Node: whoisDocument()["Node"] }],
    ["tags that are no list", whoisDocument({ Tags: "tag:agent" })],
    ["a sharer that is no number", whoisDocument({ Sharer: "no" })],
    ["expired as text", whoisDocument({ Expired: "false" })],
    ["a capability that is no list", whoisDocument({}, { actions: ["put"], keys: ["*"] })],
    ["no JSON", "<html>"],
    ["half a document", '{"Node":{"StableID":"n1"'],
    ["an identity given twice", '{"Node":{},"Node":{}}'],
    ["nothing", ""],
  ])("fails on %s in place of making up a caller", async (_name, document) => {
    api.whois = typeof document === "string" ? (_request, response) => response.end(document) : document;

    await expect(tailnet().whois("127.0.0.1", 1)).rejects.toThrow("cannot read");
  });

  it("gives up on a tailscaled that hangs, before and in the middle of its answer", async () => {
    api.whois = () => undefined;
    await expect(tailnet(30).whois("127.0.0.1", 1)).rejects.toThrow('cannot ask tailscaled "whois"');

    api.whois = (_request, response) => response.writeHead(200).write("{");
    await expect(tailnet(30).whois("127.0.0.1", 1)).rejects.toThrow('cannot ask tailscaled "whois"');
  });

  it("gives up on an answer that is too long or cut off", async () => {
    api.whois = (_request, response) => response.end(" ".repeat(100_001));
    await expect(tailnet().whois("127.0.0.1", 1)).rejects.toThrow('cannot ask tailscaled "whois"');

    api.whois = (_request, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("{", () => response.destroy());
    };
    await expect(tailnet().whois("127.0.0.1", 1)).rejects.toThrow('cannot ask tailscaled "whois"');
  });

  it("fails when there is no tailscaled", async () => {
    await api.close();

    await expect(tailnet().whois("127.0.0.1", 1)).rejects.toThrow('cannot ask tailscaled "whois"');
    api = await startFakeLocalApi(join(directory, "tailscaled.sock"));
  });
});

describe("status", () => {
  it("reads the fields that the daemon uses", async () => {
    expect(await tailnet().status()).toEqual({
      isRunning: true,
      hasTun: true,
      addresses: ["127.0.0.1"],
      self: { nodeId: "nAGENT", name: "a1.lab.example", tags: ["tag:agent"] },
    });
    expect(api.asked).toEqual(["/localapi/v0/status?peers=false"]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      "a tailscaled that needs a login",
      { BackendState: "NeedsLogin", TailscaleIPs: null, Self: { ID: "", DNSName: "" } },
      { isRunning: false, addresses: [] },
    ],
    ["one that starts", { BackendState: "Starting" }, { isRunning: false }],
    ["one that runs without an ID yet", { Self: { ID: "", DNSName: "" } }, { isRunning: false }],
    ["userspace networking", { TUN: false }, { hasTun: false }],
    [
      "an untagged node",
      { Self: { ID: "n1", DNSName: "a.b.", Tags: null } },
      { self: { nodeId: "n1", name: "a.b", tags: [] } },
    ],
  ])("reads %s", async (_name, change, expected) => {
    api.status = statusDocument(change);

    expect(await tailnet().status()).toMatchObject(expected);
  });

  it.each<[string, Record<string, unknown>]>([
    ["no TUN member", { TUN: undefined }],
    ["TUN as text", { TUN: "true" }],
    ["an address that is none", { TailscaleIPs: ["localhost"] }],
    ["an address with a prefix", { TailscaleIPs: ["100.64.0.1/32"] }],
    ["no own node", { Self: null }],
  ])("fails on %s", async (_name, change) => {
    api.status = statusDocument(change);

    await expect(tailnet().status()).rejects.toThrow("cannot read");
  });
});

describe("unmapAddress", () => {
  it.each([
    ["::ffff:100.64.0.9", "100.64.0.9"],
    ["::FFFF:100.64.0.9", "100.64.0.9"],
    ["100.64.0.9", "100.64.0.9"],
    ["fd7a:115c:a1e0::9", "fd7a:115c:a1e0::9"],
    ["::ffff:6440:9", "::ffff:6440:9"],
    ["", ""],
  ])("turns %j into %j", (address, plain) => {
    expect(unmapAddress(address)).toBe(plain);
  });
});
