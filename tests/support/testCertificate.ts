// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A self-signed certificate with its private key, both PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate with the openssl program; negative `days` make one that has expired. */
export function createTestCertificate(name = "localhost", days = 2): TestCertificate {
  const directory = mkdtempSync(join(tmpdir(), "claws-certificate-"));
  const path = (file: string): string => join(directory, file);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path("key")];
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
  try {
    openssl("req", ...newKey, "-out", path("request"), ...subject);
    const signing = ["-signkey", path("key"), "-copy_extensions", "copy", "-days", String(days)];
    openssl("x509", "-req", "-in", path("request"), "-out", path("cert"), ...signing);
    return { cert: readFileSync(path("cert"), "utf8"), key: readFileSync(path("key"), "utf8") };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function openssl(...argv: readonly string[]): void {
  execFileSync("openssl", argv, { stdio: "ignore" });
}
