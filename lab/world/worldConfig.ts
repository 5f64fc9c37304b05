// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import type { Certificate } from "../certificates.ts";

/** What the process that plays the outside world is told at its start, in a file of mode 0600. */
export interface WorldConfig {
  readonly run: string;
  /** The lab's folder. */
  readonly directory: string;
  /** Path of the headscale program. */
  readonly headscale: string;
  /** Tailnet policy (HuJSON). */
  readonly policy: string;
  /** Login name of the operator in the tailnet. */
  readonly operator: string;
  readonly caFile: string;
  readonly controlPlane: Certificate;
  readonly modelProvider: Certificate;
  readonly digitalOceanToken: string;
  readonly tailscaleApiKey: string;
}

const texts = [
  ...(["run", "directory", "headscale", "policy", "operator", "caFile"] as const),
  ...(["digitalOceanToken", "tailscaleApiKey"] as const),
] as const;

/**
 * Reads the file.
 * @throws naming the member that is missing or of the wrong type.
 */
export async function readWorldConfig(file: string): Promise<WorldConfig> {
  const value = asRecord(JSON.parse(await readFile(file, "utf8")), "configuration");
  const parsed = Object.fromEntries(texts.map((name) => [name, asText(value[name], name)])) as Record<
    (typeof texts)[number],
    string
  >;
  return {
    ...parsed,
    controlPlane: asCertificate(value["controlPlane"], "controlPlane"),
    modelProvider: asCertificate(value["modelProvider"], "modelProvider"),
  };
}

function asCertificate(value: unknown, name: string): Certificate {
  const { certFile, keyFile } = asRecord(value, name);
  return { certFile: asText(certFile, `${name}.certFile`), keyFile: asText(keyFile, `${name}.keyFile`) };
}

function asRecord(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new Error(`cannot read the world's configuration: "${name}" is not an object`);
}

function asText(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  throw new Error(`cannot read the world's configuration: "${name}" is not a text`);
}
