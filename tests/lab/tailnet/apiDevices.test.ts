// SPDX-License-Identifier: Apache-2.0
import { startTailscaleApiBench, type TailscaleApiBench } from "../../support/tailscaleApiBench.ts";

let bench: TailscaleApiBench;
beforeEach(async () => {
  bench = await startTailscaleApiBench();
});
afterEach(() => bench.close());

const list = "/tailnet/-/devices";
const oldId = (nodeId: number): string => String(92_000_000_000_000_000n + BigInt(nodeId));

async function names(query: string): Promise<readonly string[]> {
  const { json } = await bench.ask(`GET ${list}?${query}`);
  return (json as { devices: { hostname: string }[] }).devices.map(({ hostname }) => hostname);
}

describe("the device list", () => {
  it("gives every documented property of a device that is connected", async () => {
    bench.headscale.addNode({ name: "a1", givenName: "a1-1" });
    const { status, json } = await bench.ask(`GET ${list}`);
    expect(status).toBe(200);
    expect(json).toEqual({
      devices: [
        {
          addresses: ["100.64.0.1", "fd7a:115c:a1e0::1"],
          authorized: true,
          blocksIncomingConnections: false,
          clientVersion: "",
          connectedToControl: true,
          created: "2026-01-02T03:00:00Z",
          expires: "0001-01-01T00:00:00Z",
          hostname: "a1",
          id: oldId(1),
          isEphemeral: false,
          isExternal: false,
          keyExpiryDisabled: true,
          machineKey: "mkey:1",
          name: "a1-1.tailnet.lab.example",
          nodeId: "1",
          nodeKey: "nodekey:1",
          os: "linux",
          tags: ["tag:agent"],
          tailnetLockError: "",
          tailnetLockKey: "",
          updateAvailable: false,
          user: "tagged-devices",
        },
      ],
    });
  });

  it("gives the rest with fields=all and refuses other fields", async () => {
    bench.headscale.addNode({});
    const rest = { advertisedRoutes: [], enabledRoutes: [], multipleConnections: false, sshEnabled: false };
    expect((await bench.ask(`GET ${list}?fields=all`)).json).toMatchObject({ devices: [rest] });
    expect((await bench.ask(`GET ${list}?fields=default`)).json).not.toMatchObject({ devices: [rest] });
    expect((await bench.ask(`GET ${list}?fields=some`)).status).toBe(400);
  });

  it("tells when a device was last seen only while it is away", async () => {
    bench.headscale.addNode({ online: false });
    expect((await bench.ask(`GET ${list}`)).json).toMatchObject({
      devices: [{ lastSeen: "2026-01-02T03:04:05Z", connectedToControl: false }],
    });
  });

  it("gives an owned device its user, no tags and its expiry", async () => {
    bench.headscale.addNode({ tags: [], user: { id: "7", name: "op" }, expiry: "2026-07-01T00:00:00.5Z" });
    const { json } = await bench.ask(`GET ${list}`);
    expect(json).toMatchObject({
      devices: [{ user: "op", expires: "2026-07-01T00:00:00Z", keyExpiryDisabled: false }],
    });
    expect((json as { devices: object[] }).devices[0]).not.toHaveProperty("tags");
  });

  it("keeps to the filters", async () => {
    bench.headscale.addNode({ name: "a1", tags: ["tag:agent", "tag:ci"] });
    bench.headscale.addNode({ name: "a2", online: false });
    bench.headscale.addNode({ name: "laptop", tags: [] });
    expect(await names("hostname=a2")).toEqual(["a2"]);
    expect(await names("hostname=a2&hostname=a1")).toEqual(["a1", "a2"]);
    expect(await names("tags=tag:agent&fields=all")).toEqual(["a1", "a2"]);
    expect(await names("tags=tag:agent&connectedToControl=true")).toEqual(["a1"]);
    expect(await names("hostname=a")).toEqual([]);
    expect(await names("nosuch=1")).toEqual([]);
    expect(await names("__proto__=x")).toEqual([]);
  });
});

describe("one device", () => {
  it("is found by its nodeId and by its old id", async () => {
    bench.headscale.addNode({ name: "a1" });
    for (const id of ["1", oldId(1)]) {
      const { status, json } = await bench.ask(`GET /device/${id}`);
      expect([status, json]).toEqual([200, expect.objectContaining({ hostname: "a1", nodeId: "1", id: oldId(1) })]);
    }
  });

  it("is deleted by either and gone then", async () => {
    bench.headscale.addNode({});
    bench.headscale.addNode({});
    expect((await bench.ask("DELETE /device/2")).status).toBe(200);
    expect((await bench.ask(`DELETE /device/${oldId(1)}`)).status).toBe(200);
    expect(bench.headscale.nodes).toEqual([]);
    expect((await bench.ask("GET /device/1")).status).toBe(404);
  });

  it("is 404 when unknown, whatever the call", async () => {
    const calls = [
      "GET /device/9",
      "DELETE /device/9",
      `GET /device/${oldId(9)}`,
      "GET /device/0",
      "GET /device/a1",
      "GET /device/%2e%2e%2fuser",
    ];
    for (const line of calls) {
      expect([line, (await bench.ask(line)).json]).toEqual([
        line,
        { message: "no matching device found", status: 404 },
      ]);
    }
    for (const action of ["authorized", "tags", "name", "key", "expire"]) {
      expect([action, (await bench.ask(`POST /device/9/${action}`, { json: {} })).status]).toEqual([action, 404]);
    }
  });

  it("takes tags that the policy knows and cannot lose all of them", async () => {
    bench.headscale.addNode({});
    expect((await bench.ask("POST /device/1/tags", { json: { tags: ["tag:ci"] } })).status).toBe(200);
    expect(bench.headscale.nodes[0]).toMatchObject({ tags: ["tag:ci"] });
    expect((await bench.ask("POST /device/1/tags", { json: { tags: ["tag:other"] } })).status).toBe(400);
    expect((await bench.ask("POST /device/1/tags", { json: { tags: [] } })).status).toBe(400);
    expect(bench.headscale.nodes[0]).toMatchObject({ tags: ["tag:ci"] });
  });

  it("takes a name, short or whole, and gives the machine's own back for an empty one", async () => {
    bench.headscale.addNode({ name: "own" });
    for (const [name, givenName] of [
      ["b1", "b1"],
      ["b2.tailnet.lab.example", "b2"],
      ["", "own"],
    ]) {
      expect((await bench.ask("POST /device/1/name", { json: { name } })).status).toBe(200);
      expect(bench.headscale.nodes[0]).toMatchObject({ givenName });
    }
  });

  it("refuses a name that is none or taken", async () => {
    bench.headscale.addNode({});
    bench.headscale.addNode({ givenName: "taken" });
    for (const name of ["A B", "-a", "a.b", "a".repeat(64), "../x"]) {
      expect((await bench.ask("POST /device/1/name", { json: { name } })).status).toBe(400);
    }
    expect((await bench.ask("POST /device/1/name", { json: { name: "taken" } })).status).toBe(409);
  });

  it("is always authorized and without key expiry, and says so when asked for the opposite", async () => {
    bench.headscale.addNode({});
    expect((await bench.ask("POST /device/1/authorized", { json: { authorized: true } })).status).toBe(200);
    expect((await bench.ask("POST /device/1/authorized", { json: { authorized: false } })).json).toEqual({
      message: "device approval is not enabled for this tailnet",
      status: 400,
    });
    expect((await bench.ask("POST /device/1/key", { json: { keyExpiryDisabled: true } })).status).toBe(200);
    expect((await bench.ask("POST /device/1/key", { json: { keyExpiryDisabled: false } })).status).toBe(400);
  });

  it("expires its key", async () => {
    bench.headscale.addNode({});
    expect((await bench.ask("POST /device/1/expire")).status).toBe(200);
    expect((await bench.ask("GET /device/1")).json).toMatchObject({
      keyExpiryDisabled: false,
      expires: "2026-01-02T03:04:05Z",
    });
  });
});
