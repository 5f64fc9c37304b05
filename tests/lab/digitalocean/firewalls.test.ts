// SPDX-License-Identifier: Apache-2.0
import type { CloudFirewall } from "../../../lab/digitalocean/emulator.ts";
import { closeTestClouds, startTestCloud, type TestCloud } from "../../support/testCloud.ts";

interface FirewallView {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly droplet_ids: readonly number[];
  readonly tags: readonly string[];
  readonly inbound_rules: readonly object[];
  readonly outbound_rules: readonly object[];
  readonly pending_changes: readonly object[];
}

interface OneFirewall {
  readonly firewall: FirewallView;
  readonly message: string;
}

const out = { protocol: "tcp", ports: "0", action: "allow", destinations: { addresses: ["0.0.0.0/0", "::/0"] } };
const ssh = { protocol: "tcp", ports: "22", action: "allow", sources: { addresses: ["192.0.2.1"] } };
const plain = { name: "closed", outbound_rules: [out] };

describe("firewalls", () => {
  let cloud: TestCloud;
  beforeEach(async () => (cloud = await startTestCloud()));
  afterEach(closeTestClouds);

  const post = (overrides: object = {}): ReturnType<typeof cloud.call<OneFirewall>> =>
    cloud.call<OneFirewall>("POST", "/v2/firewalls", { ...plain, ...overrides });
  const get = async (id: string): Promise<FirewallView> =>
    (await cloud.call<OneFirewall>("GET", `/v2/firewalls/${id}`)).body.firewall;
  const tag = (name: string): Promise<unknown> => cloud.call("POST", "/v2/tags", { name });
  /** What the machine was last told; undefined: nothing yet. */
  const inForce = (dropletId: number): readonly CloudFirewall[] | null | undefined =>
    cloud.machines.calls
      .filter((call) => call.call === "applyFirewalls")
      .findLast((call) => call.dropletId === dropletId)?.firewalls;

  it("that cover nothing are applied at once", async () => {
    const created = await post();
    expect(created.status).toBe(202);
    expect(created.body.firewall).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: "closed",
      status: "succeeded",
      inbound_rules: [],
      outbound_rules: [out],
      created_at: "2026-01-01T00:00:00Z",
      droplet_ids: [],
      tags: [],
      pending_changes: [],
    });
  });

  it("that cover a droplet wait until the change has reached it", async () => {
    const { id } = await cloud.droplet();
    const { firewall } = (await post({ droplet_ids: [id] })).body;
    expect(firewall.status).toBe("waiting");
    expect(firewall.pending_changes).toEqual([{ droplet_id: id, removing: false, status: "waiting" }]);
    expect(inForce(id)).toBeNull();
    await cloud.clock.advance(100);
    expect(await get(firewall.id)).toMatchObject({ status: "succeeded", pending_changes: [] });
    expect(inForce(id)).toEqual([
      { inbound: [], outbound: [{ protocol: "tcp", ports: "0", addresses: ["0.0.0.0/0", "::/0"] }] },
    ]);
  });

  it("show who is let go, too", async () => {
    const { id } = await cloud.droplet();
    const { firewall } = (await post({ droplet_ids: [id] })).body;
    await cloud.clock.advance(100);
    const changed = await cloud.call<OneFirewall>("PUT", `/v2/firewalls/${firewall.id}`, plain);
    expect(changed.status).toBe(200);
    expect(changed.body.firewall).toMatchObject({
      status: "waiting",
      droplet_ids: [],
      pending_changes: [{ droplet_id: id, removing: true, status: "waiting" }],
    });
    await cloud.clock.advance(100);
    expect(await get(firewall.id)).toMatchObject({ status: "succeeded", pending_changes: [] });
    expect(inForce(id)).toBeNull();
  });

  it.each([
    [{ name: undefined }, 422, "name is required"],
    [{ name: "under_score" }, 422, "invalid name"],
    [{ name: "-leading" }, 422, "invalid name"],
    [{ name: "colon:ed" }, 422, "invalid name"],
    [{ name: "a".repeat(256) }, 422, "invalid name"],
    [{ outbound_rules: undefined }, 422, "must have at least one rule"],
    [{ outbound_rules: [], inbound_rules: [] }, 422, "must have at least one rule"],
    [{ outbound_rules: null }, 422, "must have at least one rule"],
    [{ outbound_rules: {} }, 422, "outbound_rules must be an array"],
    [{ outbound_rules: ["x"] }, 422, "outbound_rules must be an array of objects"],
    [{ outbound_rules: Array.from({ length: 51 }, () => out) }, 422, "may not have more than 50 rules"],
    [{ outbound_rules: [{ ...out, ports: "99999" }] }, 422, "you must specify a valid range for ports"],
    [{ outbound_rules: [{ ...out, destinations: { tags: ["none"] } }] }, 422, "tag none does not exist"],
    [{ outbound_rules: [{ ...out, destinations: { droplet_ids: [7] } }] }, 422, "droplet does not exist"],
    [{ tags: ["none"] }, 422, "tag none does not exist"],
    [{ tags: "none" }, 422, "tags must be an array"],
    [{ tags: ["a", "b", "c", "d", "e", "f"] }, 422, "may not have more than 5 tags"],
    [{ droplet_ids: [1] }, 422, "droplet does not exist"],
    [{ droplet_ids: ["1"] }, 422, "droplet_ids must be an array of integers"],
    [{ droplet_ids: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }, 422, "may not have more than 10 droplets"],
  ])("are refused for %j", async (overrides, status, message) => {
    const answer = await post(overrides);
    expect([answer.status, answer.body.message]).toEqual([status, message]);
    expect((await cloud.call("GET", "/v2/firewalls")).body).toMatchObject({ meta: { total: 0 } });
  });

  it("accept exactly 50 rules, 5 tags and 255 characters", async () => {
    for (const name of ["a", "b", "c", "d", "e"]) await tag(name);
    const answer = await post({
      name: "a".repeat(255),
      tags: ["a", "b", "c", "d", "e"],
      outbound_rules: Array.from({ length: 50 }, (_, index) => ({ ...out, ports: String(index + 1) })),
    });
    expect(answer.status).toBe(202);
  });

  it("have names of their own", async () => {
    const { firewall } = (await post()).body;
    const twice = await post();
    expect([twice.status, twice.body.message]).toEqual([409, "duplicate name"]);
    expect((await cloud.call("PUT", `/v2/firewalls/${firewall.id}`, plain)).status).toBe(200);
  });

  it("write tags as they were first written", async () => {
    await tag("Prod");
    const rule = { ...ssh, sources: { tags: ["prod"] } };
    const { firewall } = (await post({ tags: ["PROD"], inbound_rules: [rule] })).body;
    expect(firewall.tags).toEqual(["Prod"]);
    expect(firewall.inbound_rules).toEqual([{ ...ssh, sources: { tags: ["Prod"] } }]);
  });

  it("are replaced whole: what a PUT leaves out is reset", async () => {
    await tag("a");
    const { firewall } = (await post({ tags: ["a"], inbound_rules: [ssh] })).body;
    await cloud.call("PUT", `/v2/firewalls/${firewall.id}`, { ...plain, name: "renamed" });
    expect(await get(firewall.id)).toMatchObject({
      name: "renamed",
      tags: [],
      inbound_rules: [],
      outbound_rules: [out],
    });
  });

  it("stay as they are when a PUT is refused", async () => {
    const { firewall } = (await post()).body;
    const refused = await cloud.call("PUT", `/v2/firewalls/${firewall.id}`, { name: "other", outbound_rules: [] });
    expect(refused.status).toBe(422);
    expect(await get(firewall.id)).toEqual(firewall);
  });

  it("are gone after DELETE, and the droplet is open again", async () => {
    const { id } = await cloud.droplet();
    const { firewall } = (await post({ droplet_ids: [id] })).body;
    await cloud.clock.advance(100);
    expect((await cloud.call("DELETE", `/v2/firewalls/${firewall.id}`)).status).toBe(204);
    expect((await cloud.call("GET", `/v2/firewalls/${firewall.id}`)).status).toBe(404);
    expect((await cloud.call("DELETE", `/v2/firewalls/${firewall.id}`)).status).toBe(404);
    await cloud.clock.advance(100);
    expect(inForce(id)).toBeNull();
  });

  it("lose the droplets that are deleted, as members and as targets", async () => {
    const first = await cloud.droplet();
    const second = await cloud.droplet({ name: "second" });
    const rule = { ...ssh, sources: { droplet_ids: [first.id, second.id] } };
    const { firewall } = (await post({ droplet_ids: [first.id, second.id], inbound_rules: [rule] })).body;
    await cloud.call("DELETE", `/v2/droplets/${first.id}`);
    await cloud.clock.advance(500);
    expect(await get(firewall.id)).toMatchObject({
      status: "succeeded",
      pending_changes: [],
      droplet_ids: [second.id],
      inbound_rules: [{ ...ssh, sources: { droplet_ids: [second.id] } }],
    });
  });

  describe("reach the machines", () => {
    it("before the droplet boots, when they cover it from the start", async () => {
      await tag("agent");
      await post({ tags: ["agent"] });
      const { id } = await cloud.droplet({ tags: ["agent"] });
      expect(cloud.machines.calls.map(({ call }) => call)).toEqual(["applyFirewalls", "create"]);
      expect(inForce(id)).toHaveLength(1);
    });

    it("as null when none covers the droplet", async () => {
      const { id } = await cloud.droplet();
      expect(cloud.machines.calls[0]).toEqual({ call: "applyFirewalls", dropletId: id, firewalls: null });
    });

    it("once, however often the same is said", async () => {
      const { id } = await cloud.droplet();
      const { firewall } = (await post({ droplet_ids: [id] })).body;
      await cloud.clock.advance(100);
      const before = cloud.machines.calls.length;
      await cloud.call("PUT", `/v2/firewalls/${firewall.id}`, { ...plain, droplet_ids: [id] });
      await cloud.clock.advance(1000);
      expect(cloud.machines.calls).toHaveLength(before);
    });

    it("together: the union of droplet IDs and tags", async () => {
      await tag("agent");
      const { id } = await cloud.droplet({ tags: ["agent"] });
      await post({ tags: ["agent"] });
      await post({ name: "second", droplet_ids: [id], inbound_rules: [ssh], outbound_rules: [] });
      await cloud.clock.advance(100);
      expect(inForce(id)).toEqual([
        { inbound: [], outbound: [{ protocol: "tcp", ports: "0", addresses: ["0.0.0.0/0", "::/0"] }] },
        { inbound: [{ protocol: "tcp", ports: "22", addresses: ["192.0.2.1/32"] }], outbound: [] },
      ]);
      const listed = await cloud.call<{ firewalls: FirewallView[] }>("GET", `/v2/droplets/${id}/firewalls`);
      expect(listed.body.firewalls.map(({ name }) => name)).toEqual(["closed", "second"]);
    });

    it("with tags and droplets as addresses, which follow the droplets", async () => {
      await tag("client");
      const server = await cloud.droplet({ name: "server" });
      const rule = { ...ssh, sources: { tags: ["client"], addresses: ["2001:db8::1"] } };
      await post({ droplet_ids: [server.id], inbound_rules: [rule], outbound_rules: [] });
      await cloud.clock.advance(100);
      const sources = (): readonly string[] | undefined => inForce(server.id)?.[0]?.inbound[0]?.addresses;
      expect(sources()).toEqual(["2001:db8::1/128"]);

      const client = await cloud.droplet({ name: "client", tags: ["client"], ipv6: true });
      await cloud.clock.advance(100);
      const addresses = ["198.51.100.17/32", "10.100.48.3/32", "2001:db8:0:1::1e65:fb82/128"];
      expect(sources()).toEqual(["2001:db8::1/128", ...addresses]);

      await cloud.call("DELETE", `/v2/droplets/${client.id}`);
      await cloud.clock.advance(200);
      expect(sources()).toEqual(["2001:db8::1/128"]);
    });

    it("without rules that deny: what is stored as deny must never open a port", async () => {
      const { id } = await cloud.droplet();
      await post({ droplet_ids: [id], inbound_rules: [{ ...ssh, action: "deny" }] });
      await cloud.clock.advance(100);
      expect(inForce(id)?.[0]?.inbound).toEqual([]);
    });

    it("when a droplet gets or loses a tag, or the tag is deleted", async () => {
      await tag("agent");
      const { id } = await cloud.droplet();
      await post({ tags: ["agent"] });
      const resources = { resources: [{ resource_id: String(id), resource_type: "droplet" }] };
      await cloud.call("POST", "/v2/tags/agent/resources", resources);
      await cloud.clock.advance(100);
      expect(inForce(id)).toHaveLength(1);
      await cloud.call("DELETE", "/v2/tags/agent/resources", resources);
      await cloud.clock.advance(100);
      expect(inForce(id)).toBeNull();
      await cloud.call("POST", "/v2/tags/agent/resources", resources);
      await cloud.clock.advance(100);
      await cloud.call("DELETE", "/v2/tags/agent");
      await cloud.clock.advance(100);
      expect(inForce(id)).toBeNull();
    });

    it("or say that they failed, and succeed with the next change", async () => {
      const messages: string[] = [];
      cloud = await startTestCloud({ onError: (message) => messages.push(message) });
      const { id } = await cloud.droplet();
      cloud.machines.before = () => Promise.reject(new Error("no nftables"));
      const { firewall } = (await post({ droplet_ids: [id] })).body;
      await cloud.clock.advance(100);
      expect(await get(firewall.id)).toMatchObject({
        status: "failed",
        pending_changes: [{ droplet_id: id, removing: false, status: "failed" }],
      });
      expect(messages).toEqual([`cannot apply firewalls to droplet "${id}": Error: no nftables`]);
      cloud.machines.before = () => Promise.resolve();
      await cloud.call("PUT", `/v2/firewalls/${firewall.id}`, { ...plain, droplet_ids: [id] });
      await cloud.clock.advance(100);
      expect(await get(firewall.id)).toMatchObject({ status: "succeeded", pending_changes: [] });
    });
  });

  describe("change in parts", () => {
    let id: string;
    let dropletId: number;
    beforeEach(async () => {
      await tag("Agent");
      dropletId = (await cloud.droplet()).id;
      ({ id } = (await post()).body.firewall);
    });

    const change = async (method: string, part: string, body?: object): Promise<number> =>
      (await cloud.call(method, `/v2/firewalls/${id}/${part}`, body)).status;

    it("droplets", async () => {
      expect(await change("POST", "droplets", { droplet_ids: [dropletId, dropletId] })).toBe(204);
      expect((await get(id)).droplet_ids).toEqual([dropletId]);
      expect(await change("DELETE", "droplets", { droplet_ids: [dropletId, 1] })).toBe(204);
      expect((await get(id)).droplet_ids).toEqual([]);
      expect(await change("POST", "droplets", { droplet_ids: [1] })).toBe(422);
      expect(await change("POST", "droplets", {})).toBe(400);
      expect(await change("POST", "droplets")).toBe(400);
    });

    it("tags", async () => {
      expect(await change("POST", "tags", { tags: ["agent"] })).toBe(204);
      expect((await get(id)).tags).toEqual(["Agent"]);
      expect(await change("DELETE", "tags", { tags: ["AGENT"] })).toBe(204);
      expect((await get(id)).tags).toEqual([]);
      expect(await change("POST", "tags", { tags: ["none"] })).toBe(422);
      expect(await change("DELETE", "tags", {})).toBe(400);
    });

    it("rules", async () => {
      expect(await change("POST", "rules", { inbound_rules: [ssh] })).toBe(204);
      expect(await change("POST", "rules", { inbound_rules: [ssh] })).toBe(204);
      expect((await get(id)).inbound_rules).toEqual([ssh]);
      expect(await change("DELETE", "rules", { inbound_rules: [ssh] })).toBe(204);
      expect((await get(id)).inbound_rules).toEqual([]);
      expect(await change("DELETE", "rules", { inbound_rules: [ssh] })).toBe(422);
      expect(await change("DELETE", "rules", { outbound_rules: [out] })).toBe(422);
      expect(await change("POST", "rules", {})).toBe(400);
      expect((await get(id)).outbound_rules).toEqual([out]);
    });

    it("not at all when there is no such firewall", async () => {
      id = "4de7ac8b-495b-4884-9a69-1050c6793cd6";
      expect(await change("POST", "tags", { tags: ["Agent"] })).toBe(404);
    });
  });
});
