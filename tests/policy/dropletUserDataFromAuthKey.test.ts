// SPDX-License-Identifier: Apache-2.0
import { dropletUserDataFromAuthKey } from "../../policy/rules/dropletUserDataFromAuthKey.ts";
import { stackReportsOf, type TestResource, urnOf } from "../support/policyHarness.ts";

const dropletType = "digitalocean:index/droplet:Droplet";
const keyType = "tailscale:index/tailnetKey:TailnetKey";
const commandType = "command:local:Command";

function droplet(resource: Partial<TestResource>): TestResource {
  return { type: dropletType, name: "a1", props: { userData: "sha1 of the text" }, ...resource };
}

const reports = (...resources: TestResource[]) => stackReportsOf(dropletUserDataFromAuthKey, resources);

describe("droplet-user-data-from-auth-key", () => {
  it("passes user-data that is made from an auth key of the stack", async () => {
    expect(await reports(droplet({ origins: { userData: [commandType, keyType] } }))).toEqual([]);
  });

  it.each([{}, { userData: "" }])("passes a droplet with the user-data %j, which is none", async (props) => {
    expect(await reports(droplet({ props }))).toEqual([]);
  });

  it.each([
    ["nothing", {}],
    ["another resource", { userData: [commandType] }],
    ["a key that only another input uses", { tags: [keyType] }],
  ])("refuses user-data that comes from %s", async (_what, origins: Record<string, string[]>) => {
    expect(await reports(droplet({ origins }))).toEqual([
      {
        message: 'The user-data of droplet "a1" must come from an auth key of this stack, but it does not.',
        urn: urnOf(dropletType, "a1"),
      },
    ]);
  });

  it("leaves other types alone", async () => {
    expect(await reports({ type: commandType, props: { userData: "x" } })).toEqual([]);
  });
});
