// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from "node:crypto";
import { closeTestClouds, startTestCloud, type TestCloud } from "../../support/testCloud.ts";

interface OneKey {
  readonly ssh_key: { readonly id: number; readonly name: string; readonly fingerprint: string };
  readonly message: string;
}

/** An OpenSSH line with a fresh key. */
function freshKey(comment = "owner"): string {
  const jwk = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
  const part = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const blob = Buffer.concat([part(Buffer.from("ssh-ed25519")), part(Buffer.from(jwk.x ?? "", "base64url"))]);
  return `ssh-ed25519 ${blob.toString("base64")} ${comment}`;
}

describe("SSH keys", () => {
  let cloud: TestCloud;
  beforeEach(async () => (cloud = await startTestCloud()));
  afterEach(closeTestClouds);

  const post = (publicKey: unknown, name = "laptop"): ReturnType<typeof cloud.call<OneKey>> =>
    cloud.call<OneKey>("POST", "/v2/account/keys", { name, public_key: publicKey });

  it("are found, renamed and deleted by ID and by fingerprint", async () => {
    const publicKey = freshKey();
    const created = await post(publicKey);
    expect(created.status).toBe(201);
    const { id, fingerprint } = created.body.ssh_key;
    expect(created.body.ssh_key).toEqual({ id: 45000001, name: "laptop", fingerprint, public_key: publicKey });
    expect(fingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
    for (const identifier of [String(id), fingerprint]) {
      expect((await cloud.call("GET", `/v2/account/keys/${identifier}`)).body).toEqual(created.body);
    }
    const renamed = await cloud.call<OneKey>("PUT", `/v2/account/keys/${fingerprint}`, { name: "desk" });
    expect(renamed.body.ssh_key.name).toBe("desk");
    expect((await cloud.call("DELETE", `/v2/account/keys/${id}`)).status).toBe(204);
    expect((await cloud.call("DELETE", `/v2/account/keys/${fingerprint}`)).status).toBe(404);
  });

  it("have the fingerprint that ssh-keygen -E md5 shows", async () => {
    const known = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGWk9gfS0Jo4JgEHXjZBBOzQd5PGZf2W8h5VXzb5RzPE x";
    const created = await post(known);
    expect(created.body.ssh_key.fingerprint).toBe("05:75:65:0c:db:e0:f3:79:0c:fd:68:3d:38:d5:ed:55");
  });

  it("are the account's once, whatever their comment", async () => {
    const publicKey = freshKey();
    await post(publicKey);
    const twice = await post(publicKey.replace("owner", "other"));
    expect([twice.status, twice.body.message]).toEqual([422, "SSH Key is already in use on your account"]);
  });

  it.each(["", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-none AAAAC3NzaC1lZDI1NTE5AAAAIGWk", "nonsense", 1, undefined])(
    "must be public keys: %j",
    async (publicKey) => {
      expect((await post(publicKey)).status).toBe(422);
    },
  );

  it("may be listed ten times a minute", async () => {
    for (let turn = 0; turn < 10; turn += 1) expect((await cloud.call("GET", "/v2/account/keys")).status).toBe(200);
    const refused = await cloud.call("GET", "/v2/account/keys");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(refused.headers.get("ratelimit-limit")).toBe("5000");
    expect((await cloud.call("GET", "/v2/account")).status).toBe(200);
    await cloud.clock.advance(60_000);
    expect((await cloud.call("GET", "/v2/account/keys")).body).toEqual({ ssh_keys: [], links: {}, meta: { total: 0 } });
  });
});
