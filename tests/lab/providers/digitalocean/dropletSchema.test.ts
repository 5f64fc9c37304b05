// SPDX-License-Identifier: Apache-2.0
import { checkInputs } from "../../../../lab/providers/bridge/checkInputs.ts";
import { diffInputs } from "../../../../lab/providers/bridge/diffInputs.ts";
import { droplet } from "../../../../lab/providers/digitalocean/droplet.ts";
import { DROPLET_SCHEMA } from "../../../../lab/providers/digitalocean/dropletSchema.ts";
import { type PropertyMap, UNKNOWN } from "../../../../lab/providers/engine/propertyValue.ts";

const sha1OfText = "372ea08cab33e71c02c651dbc83a474d32c676ea";
const outputs: PropertyMap = {
  ...{ name: "a1", image: "1", region: "nyc3", size: "s-1vcpu-1gb", tags: ["Claws-A1"], monitoring: false, ipv6: true },
  ...{
    backups: false,
    gracefulShutdown: true,
    resizeDisk: true,
    userData: sha1OfText,
    vpcUuid: "v1",
    dropletAgent: false,
  },
  ...{ publicNetworking: true, privateNetworking: true, volumeIds: [], ipv6Address: "2001:db8::1", status: "active" },
};
const inputs: PropertyMap = {
  ...{ name: "a1", image: "1", region: "NYC3", size: "S-1VCPU-1GB", tags: ["claws-a1"], monitoring: false, ipv6: true },
  ...{ backups: false, gracefulShutdown: true, resizeDisk: true, userData: "text", vpcUuid: "v1", dropletAgent: false },
};

function changesOf(changes: PropertyMap, old: PropertyMap = outputs): Record<string, boolean> {
  const request = { id: "1", outputs: old, inputs: { ...inputs, ...changes }, oldInputs: {}, ignoreChanges: [] };
  const difference = diffInputs(DROPLET_SCHEMA, request);
  const refined = droplet.refineDiff?.(difference, request) ?? difference;
  return Object.fromEntries([...refined.changes].map(([name, { replace }]) => [name, replace]));
}

describe("the droplet's schema", () => {
  it("sees no change in other capitals, or in the text whose digest is kept", () => {
    expect(changesOf({})).toEqual({});
  });

  it.each<[string, PropertyMap]>([
    ["image", { image: "2" }],
    ["region", { region: "ams3" }],
    ["sshKeys", { sshKeys: ["1"] }],
    ["userData", { userData: "other" }],
    ["userData", { userData: UNKNOWN }],
    ["monitoring", { monitoring: true }],
    ["dropletAgent", { dropletAgent: true }],
    ["vpcUuid", { vpcUuid: "v2" }],
    ["publicNetworking", { publicNetworking: false }],
    ["gpuPartitionMode", { gpuPartitionMode: "PARTITION_MODE_DPX_NPS2" }],
    ["ipv6", { ipv6: false }],
  ])("replaces the droplet for %s", (name, change) => {
    expect(changesOf(change)).toEqual({ [name]: true });
  });

  it.each<[string, PropertyMap]>([
    ["name", { name: "a2" }],
    ["size", { size: "s-2vcpu-2gb" }],
    ["backups", { backups: true }],
    ["backupPolicy", { backupPolicy: { plan: "daily", hour: 4 } }],
    ["tags", { tags: ["claws-a1", "more"] }],
    ["tags", { tags: undefined }],
    ["volumeIds", { volumeIds: ["v"] }],
    ["resizeDisk", { resizeDisk: false }],
    ["gracefulShutdown", { gracefulShutdown: false }],
  ])("updates it in place for %s", (name, change) => {
    expect(changesOf(change)).toEqual({ [name]: false });
  });

  it("switches IPv6 on in place and then does not know the address", () => {
    const old = { ...outputs, ipv6: false, ipv6Address: "" };
    expect(changesOf({ ipv6: true }, old)).toEqual({ ipv6: false });
    expect(droplet.refinePlan?.({ ipv6Address: "" }, old, { ipv6: true })).toEqual({ ipv6Address: UNKNOWN });
    expect(droplet.refinePlan?.({ ipv6Address: "a" }, outputs, { ipv6: true })).toEqual({ ipv6Address: "a" });
  });

  it("leaves to the cloud what is not given", () => {
    expect(changesOf({ region: undefined, vpcUuid: undefined })).toEqual({});
  });

  it("refuses what the official provider refuses", () => {
    const refused = {
      image: "",
      backupPolicy: { plan: "hourly", weekday: "MONDAY", hour: 21 },
      tags: ["a.b"],
      gpuPartitionMode: "x",
    };
    const { failures } = checkInputs(DROPLET_SCHEMA, "a1", { inputs: refused, oldInputs: {}, seed: new Uint8Array() });
    expect(failures.map(({ property }) => property)).toEqual([
      ...[
        "image",
        "backupPolicy.plan",
        "backupPolicy.weekday",
        "backupPolicy.hour",
        "tags",
        "gpuPartitionMode",
        "size",
      ],
    ]);
  });
});
