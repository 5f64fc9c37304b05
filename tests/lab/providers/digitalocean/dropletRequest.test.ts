// SPDX-License-Identifier: Apache-2.0
import { renderBackupPolicy, renderDroplet, textsOf } from "../../../../lab/providers/digitalocean/dropletRequest.ts";

describe("renderDroplet", () => {
  it("sends IDs as numbers and slugs and fingerprints as texts", () => {
    expect(renderDroplet({ image: "123", sshKeys: ["7", "3b:16"] })).toMatchObject({
      image: 123,
      ssh_keys: [7, "3b:16"],
    });
    expect(renderDroplet({ image: "debian-13-x64" })).toMatchObject({ image: "debian-13-x64", ssh_keys: [] });
  });

  it("leaves out what is not given, but sends a false that means something", () => {
    const bare = renderDroplet({ name: "a1", image: "1", size: "s" });
    for (const name of [
      "user_data",
      "vpc_uuid",
      "with_droplet_agent",
      "public_networking",
      "volumes",
      "backup_policy",
    ]) {
      expect(bare).not.toHaveProperty(name);
    }
    expect(renderDroplet({ dropletAgent: false, publicNetworking: false, vpcUuid: "v", userData: "u" })).toMatchObject({
      ...{ with_droplet_agent: false, public_networking: false, vpc_uuid: "v", user_data: "u" },
    });
    expect(renderDroplet({ volumeIds: ["x"], backups: true, backupPolicy: { plan: "daily" } })).toMatchObject({
      ...{ volumes: [{ id: "x" }], backups: true, backup_policy: { plan: "daily", hour: 0 } },
    });
  });

  it("renders a backup policy with its day only when it has one", () => {
    expect(renderBackupPolicy(undefined)).toBeUndefined();
    expect(renderBackupPolicy({ plan: "weekly", weekday: "MON", hour: 4 })).toEqual({
      plan: "weekly",
      weekday: "MON",
      hour: 4,
    });
    expect(textsOf(["a", 1, null])).toEqual(["a"]);
    expect(textsOf(null)).toEqual([]);
  });
});
