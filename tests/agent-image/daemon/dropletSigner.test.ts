// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDropletSigner } from "../../../agent-image/daemon/dropletSigner.ts";
import { makeIdentity } from "../../../agent-image/daemon/firstBoot/identityFile.ts";
import { isIdentityOf, type DropletIdentity } from "../../../protocol/dropletIdentity.ts";
import { isSignedBy, signText } from "../../../protocol/ed25519.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";

const ENROLMENT = Buffer.alloc(32, 3).toString("base64url");

let folder: string;
let path: string;
let identity: DropletIdentity;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "claws-identity-"));
  path = join(folder, "identity");
  const made = await makeIdentity(
    { hostname: "a1", enrolment: Sensitive.from(ENROLMENT) },
    { path, random: (count) => randomBytes(count) },
  );
  if (made === undefined) throw new Error("no identity was made");
  identity = made;
});
afterEach(() => rm(folder, { recursive: true }));

describe("the droplet's identity", () => {
  it("is made for its owner alone, proven by the secret that is then wiped, and signs", async () => {
    const signer = await readDropletSigner(path, { identity });
    if (signer === undefined) throw new Error("no signer");

    expect((await stat(path)).mode & 0o7777).toBe(0o600);
    expect(isIdentityOf(identity, Sensitive.from(ENROLMENT), "a1")).toBe(true);
    expect(isSignedBy(identity.publicKey, "text", signText(signer.privateKey, "text"))).toBe(true);
  });

  it("uses the enrolment secret up and leaves nothing of it on the disk", async () => {
    const enrolment = Sensitive.from(ENROLMENT);
    await makeIdentity({ hostname: "a1", enrolment }, { path, random: randomBytes });

    expect(enrolment.reveal()).toBe("\0".repeat(43));
    const bytes = await readFile(path);
    expect([bytes.includes(Buffer.alloc(32, 3)), bytes.includes(ENROLMENT)]).toEqual([false, false]);
  });

  it("is replaced by a second try of first boot", async () => {
    const again = await makeIdentity(
      { hostname: "a1", enrolment: Sensitive.from(ENROLMENT) },
      { path, random: randomBytes },
    );

    expect(again?.publicKey).not.toBe(identity.publicKey);
    await expect(readDropletSigner(path, { identity })).rejects.toThrow("it is not the key that agent.json names");
    if (again === undefined) throw new Error("no identity was made");
    expect((await readDropletSigner(path, { identity: again }))?.identity).toEqual(again);
  });

  it("is not there, and not looked for, without operators' keys", async () => {
    const target = join(folder, "other");

    expect(await makeIdentity({ hostname: "a1" }, { path: target, random: randomBytes })).toBeUndefined();
    expect(await readDropletSigner(target, {})).toBeUndefined();
    await expect(stat(target)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ["is missing", () => rm(path), "ENOENT"],
    ["may be read by others", () => chmod(path, 0o640), "others than its owner may use it"],
    ["may be written by all", () => chmod(path, 0o602), "others than its owner may use it"],
    ["is a link", () => rename(path, `${path}2`).then(() => symlink(`${path}2`, path)), "ELOOP"],
    ["is a folder", () => rm(path).then(() => mkdir(path, 0o700)), "others than its owner may use it"],
    ["is empty", () => writeFile(path, ""), "it holds no Ed25519 key"],
    ["is cut off", () => readFile(path).then((bytes) => writeFile(path, bytes.subarray(1))), "it holds no Ed25519 key"],
    ["holds a key of another kind", () => writeFile(path, otherKey("x25519")), "it holds no Ed25519 key"],
    ["holds another key", () => writeFile(path, otherKey("ed25519")), "it is not the key that agent.json names"],
  ])("that %s is refused", async (_name, spoil, reason) => {
    await spoil();
    const refusal = readDropletSigner(path, { identity });

    await expect(refusal).rejects.toThrow(`cannot use the droplet's identity "${path}": `);
    await expect(refusal).rejects.toThrow(reason);
  });
});

function otherKey(kind: "ed25519" | "x25519"): Buffer {
  const { privateKey } = kind === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("x25519");
  return privateKey.export({ format: "der", type: "pkcs8" });
}
