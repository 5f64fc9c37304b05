// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** A certificate for the bench's upstream, and its key. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** The name that the bench's upstream is reached by. It resolves to loopback in the proxies that are measured. */
export const upstreamName = "upstream.bench.example";

/** Makes a self-signed certificate with the openssl program. */
export async function makeCertificate(folder: string): Promise<Certificate> {
  const [certFile, keyFile] = [join(folder, "upstream.crt"), join(folder, "upstream.key")];
  const subject = ["-subj", `/CN=${upstreamName}`, "-addext", `subjectAltName=DNS:${upstreamName},DNS:localhost`];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
  await promisify(execFile)("openssl", ["req", "-x509", "-days", "2", ...key, "-out", certFile, ...subject]);
  return { certFile, keyFile };
}
