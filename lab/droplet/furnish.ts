// SPDX-License-Identifier: Apache-2.0
import { open, mkdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { runCommand } from "../network/command.ts";

/** What the lab changes in a droplet's root before its first boot, because the lab's internet is not the real one. */
export interface Furnishing {
  /** Certificate of the lab's authority (PEM). */
  readonly caFile: string;
  readonly nameserver: string;
}

/** Where programs look for authorities: Go and curl read the bundle, Node's `--use-system-ca` and OpenSSL the folder. */
const certificates = "etc/ssl/certs";

/**
 * Writes the name server (a real droplet has it from its network configuration) and adds the lab's authority to the trust store: the one thing that
 * no cloud would do, without which no model provider and no control plane could be played over TLS.
 * @throws when the root has no trust store.
 */
export async function furnishRoot(root: string, { caFile, nameserver }: Furnishing): Promise<void> {
  const authority = await readFile(caFile, "utf8");
  const hash = (await runCommand(["openssl", "x509", "-noout", "-hash", "-in", caFile])).trim();
  const bundle = path.join(root, certificates, "ca-certificates.crt");
  await replaceFile(bundle, `${await readFile(bundle, "utf8")}\n${authority}`);
  await replaceFile(path.join(root, certificates, "lab-authority.pem"), authority);
  await replaceFile(path.join(root, certificates, `${hash}.0`), authority);
  // From here a later update-ca-certificates inside would take it again.
  await replaceFile(path.join(root, "usr/local/share/ca-certificates/lab-authority.crt"), authority);
  await replaceFile(path.join(root, "etc/resolv.conf"), `nameserver ${nameserver}\n`);
}

/** A new file by rename: the image may have a symbolic link of that name, which must not be followed out of the root. */
async function replaceFile(file: string, text: string): Promise<void> {
  const unfinished = `${file}.new`;
  await mkdir(path.dirname(file), { recursive: true });
  await rm(unfinished, { force: true });
  const handle = await open(unfinished, "wx", 0o644);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
}
