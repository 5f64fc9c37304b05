// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { isIP } from "node:net";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A certificate chain and its private key (mode 0600), both PEM files. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** What a certificate is for; at least one name or address. */
export interface CertificateSubjects {
  /** Lower-case DNS names; the first label may be `*`. */
  readonly names: readonly string[];
  /** IPv4 or IPv6 addresses. */
  readonly addresses: readonly string[];
}

/** The certificate authority of one lab: its key exists only in the lab's folder and only while the lab does. */
export interface Authority {
  /** The CA's certificate (PEM), to be trusted by SSL_CERT_FILE or NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  /** Makes a server certificate; the same subjects give the same file names, written anew. */
  issue(subjects: CertificateSubjects): Promise<Certificate>;
}

const dnsName = /^(\*\.)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** Days that lab certificates live: longer than any run, short enough to be worthless when one leaks. */
const lifetimeDays = "7";

/** How to make an authority. */
export interface AuthorityOptions {
  /** @default "openssl", from PATH */
  readonly program?: string;
}

/**
 * Makes a lab CA (ECDSA P-256) in the folder with the `openssl` program.
 * @throws when openssl is missing or fails.
 */
export async function createAuthority(directory: string, options: AuthorityOptions = {}): Promise<Authority> {
  const openssl = opensslRunner(options.program ?? "openssl");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const ca = { certFile: path.join(directory, "ca.pem"), keyFile: path.join(directory, "ca.key") };
  await createKey(openssl, ca.keyFile);
  await openssl(
    ["req", "-x509", "-new", "-key", ca.keyFile, "-sha256", "-days", lifetimeDays, "-subj", "/CN=lab authority"],
    ["-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
    ["-out", ca.certFile],
  );
  return { caFile: ca.certFile, issue: (subjects) => issue(openssl, { directory, ca }, subjects) };
}

interface Issuer {
  readonly directory: string;
  readonly ca: Certificate;
}

async function issue(openssl: Openssl, { directory, ca }: Issuer, subjects: CertificateSubjects): Promise<Certificate> {
  const alternatives = alternativeNames(subjects);
  const stem = path.join(directory, createHash("sha256").update(alternatives).digest("hex").slice(0, 16));
  const certificate = { certFile: `${stem}.pem`, keyFile: `${stem}.key` };
  await createKey(openssl, certificate.keyFile);
  const unfinished = `${certificate.certFile}.new`;
  await openssl(
    ["req", "-x509", "-new", "-key", certificate.keyFile, "-CA", ca.certFile, "-CAkey", ca.keyFile, "-sha256"],
    ["-days", lifetimeDays, "-subj", "/CN=lab server", "-addext", `subjectAltName=${alternatives}`],
    ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth"],
    ["-addext", "keyUsage=critical,digitalSignature", "-out", unfinished],
  );
  await rename(unfinished, certificate.certFile);
  return certificate;
}

/** openssl's subjectAltName value; every part is checked, because a comma would add a subject of its own. */
function alternativeNames({ names, addresses }: CertificateSubjects): string {
  if (names.length + addresses.length === 0) throw new Error("cannot issue a certificate: no name and no address");
  for (const name of names) {
    if (!dnsName.test(name)) throw new Error(`cannot issue a certificate for "${name}": not a DNS name`);
  }
  for (const address of addresses) {
    if (isIP(address) === 0 || address.includes("%")) {
      throw new Error(`cannot issue a certificate for "${address}": not an IP address`);
    }
  }
  return [...names.map((name) => `DNS:${name}`), ...addresses.map((address) => `IP:${address}`)].join(",");
}

async function createKey(openssl: Openssl, keyFile: string): Promise<void> {
  // openssl gives a new key file mode 0600 by itself; a file left by an earlier run could have another.
  await rm(keyFile, { force: true });
  await openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", keyFile]);
}

/** Runs one command of openssl; the parts are only a way to write its arguments in several lines. */
type Openssl = (...parts: readonly (readonly string[])[]) => Promise<void>;

function opensslRunner(program: string): Openssl {
  return async (...parts) => {
    const [command = "", ...rest] = parts.flat();
    try {
      await run(program, [command, ...rest], { timeout: 30_000 });
    } catch (cause) {
      const missing = typeof cause === "object" && cause !== null && "code" in cause && cause.code === "ENOENT";
      const reason = missing ? "the program is not installed" : "it failed";
      throw new Error(`cannot run "${program} ${command}": ${reason}`, { cause });
    }
  };
}
