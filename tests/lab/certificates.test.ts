// SPDX-License-Identifier: Apache-2.0
import { X509Certificate, createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect, createServer } from "node:tls";
import { createAuthority, type Authority } from "../../lab/certificates.ts";

let directory: string;
let authority: Authority;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "claws-ca-"));
  authority = await createAuthority(directory);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function certificate(file: string): Promise<X509Certificate> {
  return new X509Certificate(await readFile(file));
}

describe("createAuthority", () => {
  it("makes a CA that may sign certificates and nothing below another CA", async () => {
    const ca = await certificate(authority.caFile);
    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(ca.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
  });

  it("lives for a week", async () => {
    const { validFromDate, validToDate } = await certificate(authority.caFile);
    expect(validToDate.getTime() - validFromDate.getTime()).toBe(7 * 24 * 3600 * 1000);
  });

  it("gives two labs different authorities", async () => {
    const other = await createAuthority(path.join(directory, "other"));
    const mine = await certificate((await authority.issue({ names: ["a.example"], addresses: [] })).certFile);
    expect(mine.verify((await certificate(other.caFile)).publicKey)).toBe(false);
  });
});

describe("issue", () => {
  it("makes a server certificate for exactly the names and addresses", async () => {
    const subjects = { names: ["api.anthropic.com", "*.lab.example"], addresses: ["203.0.113.20", "2001:db8::20"] };
    const issued = await authority.issue(subjects);
    const leaf = await certificate(issued.certFile);
    const ca = await certificate(authority.caFile);
    expect(leaf.subjectAltName).toBe(
      "DNS:api.anthropic.com, DNS:*.lab.example, IP Address:203.0.113.20, IP Address:2001:DB8:0:0:0:0:0:20",
    );
    expect(leaf.ca).toBe(false);
    expect(leaf.verify(ca.publicKey)).toBe(true);
    expect(leaf.checkIssued(ca)).toBe(true);
    expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(leaf.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    expect(leaf.checkPrivateKey(createPrivateKey(await readFile(issued.keyFile)))).toBe(true);
  });

  it("keeps every private key to its owner, also one that stood there with another mode", async () => {
    const subjects = { names: ["mode.example"], addresses: [] };
    const first = await authority.issue(subjects);
    await chmod(first.keyFile, 0o644);
    await authority.issue(subjects);
    const keys = (await readdir(directory)).filter((name) => name.endsWith(".key"));
    expect(keys.length).toBeGreaterThanOrEqual(2);
    for (const key of keys) expect((await stat(path.join(directory, key))).mode & 0o777).toBe(0o600);
  });

  it("gives the same files for the same subjects and others for others", async () => {
    const [first, again, other] = [
      await authority.issue({ names: ["one.example"], addresses: [] }),
      await authority.issue({ names: ["one.example"], addresses: [] }),
      await authority.issue({ names: ["two.example"], addresses: [] }),
    ];
    expect(again).toEqual(first);
    expect(other.certFile).not.toBe(first.certFile);
  });

  it("is accepted by a TLS client that trusts the authority, and by no other", async () => {
    const { certFile, keyFile } = await authority.issue({ names: ["tls.example"], addresses: [] });
    const server = createServer({ cert: await readFile(certFile), key: await readFile(keyFile) }, (socket) =>
      socket.end("hello"),
    );
    server.on("tlsClientError", () => undefined);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const target = { host: "127.0.0.1", port, servername: "tls.example" };

    const trusting = connect({ ...target, ca: await readFile(authority.caFile) });
    const [greeting] = (await once(trusting, "data")) as [Buffer];
    expect(greeting.toString()).toBe("hello");
    trusting.destroy();

    const stranger = connect(target);
    await expect(once(stranger, "secureConnect")).rejects.toMatchObject({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
    const misnamed = connect({ ...target, servername: "other.example", ca: await readFile(authority.caFile) });
    await expect(once(misnamed, "secureConnect")).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
    server.close();
    await once(server, "close");
  });

  it.each([
    [{ names: [], addresses: [] }, "cannot issue a certificate: no name and no address"],
    [
      { names: ["a.example,DNS:b.example"], addresses: [] },
      'cannot issue a certificate for "a.example,DNS:b.example": not a DNS name',
    ],
    [{ names: ["UPPER.example"], addresses: [] }, 'cannot issue a certificate for "UPPER.example": not a DNS name'],
    [{ names: ["-a.example"], addresses: [] }, 'cannot issue a certificate for "-a.example": not a DNS name'],
    [{ names: [""], addresses: [] }, 'cannot issue a certificate for "": not a DNS name'],
    [{ names: ["a\n.example"], addresses: [] }, 'cannot issue a certificate for "a\n.example": not a DNS name'],
    [{ names: [], addresses: ["203.0.113.256"] }, 'cannot issue a certificate for "203.0.113.256": not an IP address'],
    [{ names: [], addresses: ["fe80::1%eth0"] }, 'cannot issue a certificate for "fe80::1%eth0": not an IP address'],
  ])("refuses %j", async (subjects, message) => {
    await expect(authority.issue(subjects)).rejects.toThrow(new Error(message));
  });

  it("names the program that is missing or fails", async () => {
    const target = path.join(directory, "none");
    await expect(createAuthority(target, { program: "/nonexistent/openssl" })).rejects.toThrow(
      'cannot run "/nonexistent/openssl genpkey": the program is not installed',
    );
    await expect(createAuthority(target, { program: "false" })).rejects.toThrow(
      'cannot run "false genpkey": it failed',
    );
  });
});
