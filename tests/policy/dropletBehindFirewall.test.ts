// SPDX-License-Identifier: Apache-2.0
import { dropletBehindFirewall } from "../../policy/rules/dropletBehindFirewall.ts";
import { stackReportsOf, type TestResource, urnOf } from "../support/policyHarness.ts";

const dropletType = "digitalocean:index/droplet:Droplet";

function droplet(props: Record<string, unknown>, name = "a1"): TestResource {
  return { type: dropletType, name, props };
}

function firewall(props: Record<string, unknown>): TestResource {
  return { type: "digitalocean:index/firewall:Firewall", name: "f", props };
}

const reports = (...resources: TestResource[]) => stackReportsOf(dropletBehindFirewall, resources);
const blamed = [
  { message: 'The droplet "a1" must be behind a firewall, but none covers it.', urn: urnOf(dropletType, "a1") },
];

describe("droplet-behind-firewall", () => {
  it("passes a droplet that shares a tag with a firewall", async () => {
    expect(await reports(droplet({ tags: ["claws-a1"] }), firewall({ tags: ["claws-a1"] }))).toEqual([]);
  });

  it("passes a droplet that a firewall lists by its ID, which the SDK types as a number", async () => {
    expect(await reports(droplet({ id: "17" }), firewall({ dropletIds: [17] }))).toEqual([]);
  });

  it("compares tags without regard to capitals, as DigitalOcean does", async () => {
    expect(await reports(droplet({ tags: ["Claws-A1"] }), firewall({ tags: ["claws-a1"] }))).toEqual([]);
  });

  it.each([
    ["no firewall at all", []],
    ["a firewall of another tag", [firewall({ tags: ["claws-a2"] })]],
    ["a firewall whose tag only begins alike", [firewall({ tags: ["claws-a"] })]],
    ["a firewall for another droplet", [firewall({ dropletIds: [18] })]],
    ["a firewall that covers nothing", [firewall({})]],
    ["something that is no firewall", [{ type: "digitalocean:index/tag:Tag", props: { tags: ["claws-a1"] } }]],
  ])("refuses a droplet with %s", async (_what, others: TestResource[]) => {
    expect(await reports(droplet({ id: "17", tags: ["claws-a1"] }), ...others)).toEqual(blamed);
  });

  it("blames each uncovered droplet of several", async () => {
    const found = await reports(
      droplet({}, "a1"),
      droplet({ tags: ["t"] }, "a2"),
      droplet({}, "a3"),
      firewall({ tags: ["t"] }),
    );
    expect(found.map(({ urn }) => urn)).toEqual([urnOf(dropletType, "a1"), urnOf(dropletType, "a3")]);
  });

  it("passes an empty stack", async () => {
    expect(await reports()).toEqual([]);
  });
});
