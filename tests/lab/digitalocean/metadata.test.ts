// SPDX-License-Identifier: Apache-2.0
import { type Metadata, type MetadataService, startMetadata } from "../../../lab/digitalocean/metadata.ts";
import { textLike } from "../../support/testCloud.ts";

const metadata: Metadata = {
  dropletId: 510000001,
  hostname: "a1",
  region: "nyc3",
  userData: '{"officeClaws":1,\n"authKey":"tskey-auth-é"}\n',
  publicKeys: ["ssh-ed25519 AAAA one", "ssh-ed25519 BBBB two"],
  publicIpv4: { address: "198.51.100.16", netmask: "255.255.255.0", gateway: "198.51.100.1" },
  publicIpv6: { address: "2001:db8:0:1::1e65:fb81", prefixLength: 64, gateway: "2001:db8:0:1::1" },
  privateIpv4: { address: "10.100.48.2", netmask: "255.255.240.0", gateway: "10.100.48.1" },
  tags: ["agent", "claws-p-s-a1"],
  nameservers: ["203.0.113.53", "203.0.113.54"],
};

describe("the metadata service", () => {
  let service: MetadataService;
  let known: Metadata | undefined;
  const sources: string[] = [];
  beforeEach(async () => {
    known = metadata;
    sources.length = 0;
    service = await startMetadata({
      host: "127.0.0.1",
      port: 0,
      lookup: (source) => {
        sources.push(source);
        return known;
      },
    });
  });
  afterEach(() => service.close());

  const get = async (path: string, init?: RequestInit): Promise<[number, string]> => {
    const response = await fetch(`${service.url}${path}`, init);
    return [response.status, await response.text()];
  };

  it("hands out user data byte for byte, with no token", async () => {
    expect(await get("/metadata/v1/user-data")).toEqual([200, metadata.userData]);
    expect(sources).toEqual(["127.0.0.1"]);
  });

  it.each([
    ["/metadata/v1/id", "510000001"],
    ["/metadata/v1/hostname", "a1"],
    ["/metadata/v1/region", "nyc3"],
    ["/metadata/v1/vendor-data", ""],
    ["/metadata/v1/public-keys", "ssh-ed25519 AAAA one\nssh-ed25519 BBBB two"],
    ["/metadata/v1/interfaces/public/0/ipv4/address", "198.51.100.16"],
    ["/metadata/v1/interfaces/public/0/ipv4/netmask", "255.255.255.0"],
    ["/metadata/v1/interfaces/public/0/ipv4/gateway", "198.51.100.1"],
    ["/metadata/v1/interfaces/public/0/ipv6/address", "2001:db8:0:1::1e65:fb81"],
    ["/metadata/v1/interfaces/public/0/ipv6/cidr", "64"],
    ["/metadata/v1/interfaces/public/0/mac", "02:00:c6:33:64:10"],
    ["/metadata/v1/interfaces/public/0/type", "public"],
    ["/metadata/v1/interfaces/private/0/ipv4/address", "10.100.48.2"],
    ["/metadata/v1/interfaces/private/0/type", "private"],
    ["/metadata/v1/dns/nameservers", "203.0.113.53\n203.0.113.54"],
    ["/metadata/v1/floating_ip/ipv4/active", "false"],
    ["/metadata/v1/reserved_ip/ipv4/active", "false"],
    ["/metadata/v1/tags", "agent\nclaws-p-s-a1"],
    ["/metadata/v1/features/dhcp_enabled", "false"],
    ["/metadata/v1/hostname?x=1", "a1"],
  ])("answers %s", async (path, text) => {
    expect(await get(path)).toEqual([200, text]);
  });

  it.each([
    [
      "/metadata/v1/",
      "id\nhostname\nuser-data\nvendor-data\npublic-keys\nregion\ninterfaces/\ndns/\nfloating_ip/\nreserved_ip/\ntags\nfeatures/",
    ],
    ["/metadata/v1", /^id\nhostname\n/],
    ["/metadata/v1/interfaces/", "public/\nprivate/"],
    ["/metadata/v1/interfaces/public/", "0/"],
    ["/metadata/v1/interfaces/public/0/", "ipv4/\nipv6/\nmac\ntype"],
    ["/metadata/v1/interfaces/private/0/", "ipv4/\nmac\ntype"],
    ["/metadata/v1/dns/", "nameservers"],
  ])("lists %s with a slash after folders", async (path, text) => {
    const [status, listing] = await get(path);
    expect(status).toBe(200);
    expect(listing).toEqual(textLike(text));
  });

  it("has everything as one object", async () => {
    const response = await fetch(`${service.url}/metadata/v1.json`);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({
      droplet_id: 510000001,
      hostname: "a1",
      user_data: metadata.userData,
      vendor_data: "",
      public_keys: metadata.publicKeys,
      region: "nyc3",
      interfaces: {
        public: [
          {
            ipv4: { ip_address: "198.51.100.16", netmask: "255.255.255.0", gateway: "198.51.100.1" },
            ipv6: { ip_address: "2001:db8:0:1::1e65:fb81", cidr: 64, gateway: "2001:db8:0:1::1" },
            mac: "02:00:c6:33:64:10",
            type: "public",
          },
        ],
        private: [
          {
            ipv4: { ip_address: "10.100.48.2", netmask: "255.255.240.0", gateway: "10.100.48.1" },
            mac: "02:00:0a:64:30:02",
            type: "private",
          },
        ],
      },
      floating_ip: { ipv4: { active: false } },
      reserved_ip: { ipv4: { active: false } },
      dns: { nameservers: metadata.nameservers },
      tags: metadata.tags,
      features: { dhcp_enabled: false },
    });
  });

  it.each([
    "/",
    "/metadata",
    "/metadata/",
    "/metadata/v2/",
    "/metadata/v1.json/",
    "/metadata/v1/nothing",
    "/metadata/v1/hostname/",
    "/metadata/v1/hostname/x",
    "/metadata/v1/interfaces/public/1/",
    "/metadata/v1/interfaces//",
    "/metadata/v1/__proto__",
    "/metadata/v1/constructor",
    "//metadata/v1/id",
    "/latest/meta-data/",
    "/metadata/v1/..%2Fid",
  ])("is 404 at %s", async (path) => {
    expect(await get(path)).toEqual([404, "not found"]);
  });

  it("is 404 everywhere for a stranger", async () => {
    known = undefined;
    for (const path of ["/metadata/v1/", "/metadata/v1/user-data", "/metadata/v1.json"]) {
      expect(await get(path)).toEqual([404, "not found"]);
    }
  });

  it("has no user data for a droplet that was given none", async () => {
    known = { ...metadata, userData: null };
    expect(await get("/metadata/v1/user-data")).toEqual([404, "not found"]);
    expect((await get("/metadata/v1/"))[1]).not.toContain("user-data");
    expect((await get("/metadata/v1.json"))[1]).not.toContain("user_data");
  });

  it("has no public interface for a droplet without public networking", async () => {
    known = { ...metadata, publicIpv4: null, publicIpv6: null };
    expect(await get("/metadata/v1/interfaces/")).toEqual([200, "private/"]);
    expect((await get("/metadata/v1.json"))[1]).not.toContain('"public"');
  });

  it("is there to be read only", async () => {
    expect(await get("/metadata/v1/id", { method: "POST", body: "x" })).toEqual([405, "method not allowed"]);
    expect(await get("/metadata/v1/id", { method: "DELETE" })).toEqual([405, "method not allowed"]);
    expect(await get("/metadata/v1/id", { method: "HEAD" })).toEqual([200, ""]);
  });

  it("names the address that is taken", async () => {
    const port = Number(new URL(service.url).port);
    await expect(startMetadata({ host: "127.0.0.1", port, lookup: () => undefined })).rejects.toThrow(
      `cannot listen on "127.0.0.1:${port}": `,
    );
  });
});
