// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { ApiError } from "../../../lab/digitalocean/apiError.ts";
import { checkDropletName } from "../../../lab/digitalocean/dropletRequest.ts";
import {
  closeTestClouds,
  type DropletView,
  plainDroplet,
  startTestCloud,
  type TestCloud,
  unnamedDroplet,
  textLike,
} from "../../support/testCloud.ts";

const hostname = "Name Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)";
const image = "You specified an invalid image for Droplet creation.";
const tooMany = Array.from({ length: 11 }, (_, index) => `m${index}`);

describe("a request for droplets", () => {
  let cloud: TestCloud;
  beforeEach(async () => (cloud = await startTestCloud()));
  afterEach(closeTestClouds);

  it.each([
    [{ name: undefined }, "name is required"],
    [{ name: "" }, "name is required"],
    [{ name: 7 }, "name must be a string"],
    [{ name: "under_score" }, hostname],
    [{ name: "-" }, hostname],
    [{ name: "ends-" }, hostname],
    [{ name: "a b" }, hostname],
    [{ name: "a\n" }, hostname],
    [{ name: "ünicode" }, hostname],
    [{ name: "a".repeat(256) }, hostname],
    [{ names: [] }, "names must not be empty"],
    [{ names: tooMany }, "You can create up to 10 Droplets at a time."],
    [{ names: ["good", "not good"] }, hostname],
    [{ names: "a" }, "names must be an array"],
    [{ size: undefined }, "size is required"],
    [{ size: "s-1vcpu-1tb" }, "You specified an invalid size for Droplet creation."],
    [{ size: "constructor" }, "You specified an invalid size for Droplet creation."],
    [{ size: 1 }, "size must be a string"],
    [{ region: "mars1" }, "You specified an invalid region for Droplet creation."],
    [{ region: "nyc2" }, "Region is not available"],
    [{ region: "blr1", size: "s-1vcpu-512mb-10gb" }, "Size is not available in this region."],
    [{ image: undefined }, image],
    [{ image: "no-such-image" }, image],
    [{ image: 1 }, image],
    [{ image: 1.5 }, image],
    [{ image: { id: 195932981 } }, image],
    [{ image: "" }, image],
    [{ ssh_keys: [1, "ab:cd"] }, "1, ab:cd are invalid key identifiers for Droplet creation."],
    [{ ssh_keys: "x" }, "ssh_keys must be an array"],
    [{ tags: ["a.b"] }, /^"a\.b" is an invalid tag/],
    [{ tags: ["a".repeat(256)] }, /is an invalid tag/],
    [{ tags: [""] }, /^"" is an invalid tag/],
    [{ tags: "a" }, "tags must be an array"],
    [{ tags: [1] }, "tags must be an array of strings"],
    [{ user_data: "x".repeat(64 * 1024 + 1) }, "User data may hold 65536 bytes at most."],
    [{ user_data: "é".repeat(32 * 1024 + 1) }, "User data may hold 65536 bytes at most."],
    [{ user_data: {} }, "user_data must be a string"],
    [{ volumes: [{ id: "506f78a4-e098-11e5-ad9f-000f53306ae1" }] }, "volume does not exist"],
    [{ ipv6: "yes" }, "ipv6 must be a boolean"],
    [{ ipv6: true, public_networking: false }, "ipv6 must be false when public_networking is false"],
    [{ monitoring: 1 }, "monitoring must be a boolean"],
    [{ with_droplet_agent: "true" }, "with_droplet_agent must be a boolean"],
    [{ private_networking: "true" }, "private_networking must be a boolean"],
    [{ backups: true, backup_policy: { plan: "hourly" } }, "backup policy plan must be daily or weekly"],
    [{ backups: true, backup_policy: { plan: "daily", hour: 3 } }, /^backup policy hour must be one of/],
    [{ backups: true, backup_policy: { plan: "weekly", weekday: "MO" } }, /^backup policy weekday must be one of/],
  ])("is refused for %j", async (overrides, message) => {
    const answer = await cloud.call<{ message: string }>("POST", "/v2/droplets", { ...plainDroplet, ...overrides });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ id: "unprocessable_entity" });
    expect(answer.body.message).toEqual(textLike(message));
    const list = await cloud.call<{ meta: { total: number } }>("GET", "/v2/droplets");
    expect(list.body.meta.total).toBe(0);
    expect((await cloud.call("GET", "/v2/tags")).body).toMatchObject({ tags: [] });
  });

  it("is 404 for an unknown VPC and 422 for one of another region", async () => {
    const unknown = "4de7ac8b-495b-4884-9a69-1050c6793cd6";
    expect((await cloud.call("POST", "/v2/droplets", { ...plainDroplet, vpc_uuid: unknown })).status).toBe(404);
    const vpc = await cloud.call<{ vpc: { id: string } }>("POST", "/v2/vpcs", { name: "far", region: "fra1" });
    const answer = await cloud.call("POST", "/v2/droplets", { ...plainDroplet, vpc_uuid: vpc.body.vpc.id });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ message: "VPC is not in the same region as the Droplet." });
  });

  it("needs an image that is there, in the region, and small enough", async () => {
    const elsewhere = cloud.api.addSnapshot({ name: "elsewhere", regions: ["fra1"] });
    const large = cloud.api.addSnapshot({ name: "large", regions: ["nyc3"], minDiskSize: 26 });
    const post = (id: number): Promise<{ body: unknown }> =>
      cloud.call("POST", "/v2/droplets", { ...plainDroplet, image: id });
    expect((await post(elsewhere)).body).toMatchObject({
      message: "The image you specified is not available in the selected region, transfer it there first.",
    });
    expect((await post(large)).body).toMatchObject({ message: "The image needs a larger disk than this size has." });
    const custom = await cloud.call<{ image: { id: number } }>("POST", "/v2/images", {
      name: "c",
      url: "http://images.example/c.qcow2",
      region: "nyc3",
    });
    expect((await post(custom.body.image.id)).body).toMatchObject({ message: image });
  });

  it("takes an image by number, by number in a string, and a public one by slug", async () => {
    const id = cloud.api.addSnapshot({ name: "agent", regions: ["nyc3"] });
    for (const chosen of [id, String(id), "debian-12-x64", 155133621]) {
      expect((await cloud.call("POST", "/v2/droplets", { ...plainDroplet, image: chosen })).status).toBe(202);
    }
  });

  it("takes user data of exactly 64 KiB", async () => {
    const answer = await cloud.call("POST", "/v2/droplets", { ...plainDroplet, user_data: "x".repeat(64 * 1024) });
    expect(answer.status).toBe(202);
  });

  it.each([
    ["nyc", "nyc1"],
    ["", "nyc1"],
    [undefined, "nyc1"],
    ["sfo", "sfo3"],
    ["ams3", "ams3"],
  ])("for region %j lands in %s", async (region, expected) => {
    const droplet = await cloud.droplet({ region });
    expect(droplet).toMatchObject({ region: { slug: expected } });
  });

  it("without a region lands where the snapshot is", async () => {
    const id = cloud.api.addSnapshot({ name: "agent", regions: ["tor1"] });
    expect(await cloud.droplet({ region: undefined, image: id })).toMatchObject({ region: { slug: "tor1" } });
  });

  it("takes null for absent, as clients in Go send it", async () => {
    const nulls = { ssh_keys: null, tags: null, volumes: null, user_data: null, vpc_uuid: null, backup_policy: null };
    expect((await cloud.call("POST", "/v2/droplets", { ...plainDroplet, ...nulls })).status).toBe(202);
  });

  it("takes SSH keys by ID and by fingerprint and hands them to the droplet only", async () => {
    const blob = Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from("ssh-ed25519"), Buffer.alloc(36, 7)]);
    const publicKey = `ssh-ed25519 ${blob.toString("base64")} owner`;
    const key = await cloud.call<{ ssh_key: { id: number; fingerprint: string } }>("POST", "/v2/account/keys", {
      name: "k",
      public_key: publicKey,
    });
    const { id, fingerprint } = key.body.ssh_key;
    await cloud.droplet({ ssh_keys: [id, String(id), fingerprint] });
    expect(cloud.api.metadataFor("198.51.100.16")?.publicKeys).toEqual([publicKey, publicKey, publicKey]);
  });

  it("makes the tags that do not exist and writes all as they were first written", async () => {
    await cloud.call("POST", "/v2/tags", { name: "Prod" });
    const droplet: DropletView = await cloud.droplet({ tags: ["prod", "New:1", "PROD", "new:1"] });
    expect(droplet.tags).toEqual(["Prod", "New:1"]);
  });

  it("with both name and names goes by the names", async () => {
    const answer = await cloud.call("POST", "/v2/droplets", { ...unnamedDroplet, name: "x", names: ["y"] });
    expect(answer.body).toMatchObject({ droplets: [{ name: "y" }] });
  });
});

describe("checkDropletName", () => {
  it.each(["a", "A1", "web-01.example.com", "1", "a".repeat(255), ".a"])("accepts %s", (name) => {
    expect(() => checkDropletName(name)).not.toThrow();
  });

  it("accepts nothing that holds a character outside host names, or ends in none of them", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 20 }), (name) => {
        const isHostname = /^[a-zA-Z0-9.-]*[a-zA-Z0-9]$/.test(name) && !/[\n\r]/.test(name);
        try {
          checkDropletName(name);
          return isHostname;
        } catch (error) {
          return error instanceof ApiError && !isHostname;
        }
      }),
    );
  });
});
