// SPDX-License-Identifier: Apache-2.0
import path from "node:path";

/** Programs that a lab runs or puts on the operator's PATH. */
export const toolchainPrograms = ["pulumi", "pulumi-language-nodejs", "headscale", "tailscale", "tailscaled"] as const;

/** Absolute paths of the programs. */
export type Toolchain = Readonly<Record<(typeof toolchainPrograms)[number], string>>;

/**
 * Parses the JSON object of paths that npm scripts hand on in CLAWS_TOOLCHAIN.
 * @throws naming the first program that is missing, or what is wrong with the text.
 */
export function parseToolchain(text: string | undefined): Toolchain {
  if (text === undefined || text === "")
    throw new Error('cannot find the toolchain: CLAWS_TOOLCHAIN is not set, start with "npm run lab"');
  const value = parseObject(text);
  const entries = toolchainPrograms.map((name): [string, string] => {
    const program = value[name];
    if (typeof program !== "string")
      throw new Error(`cannot find the program "${name}": CLAWS_TOOLCHAIN does not name it`);
    if (!path.isAbsolute(program))
      throw new Error(`cannot use "${program}" as "${name}": CLAWS_TOOLCHAIN needs absolute paths`);
    return [name, program];
  });
  return Object.fromEntries(entries) as Toolchain;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new Error("cannot find the toolchain: CLAWS_TOOLCHAIN is not JSON", { cause });
  }
  throw new Error("cannot find the toolchain: CLAWS_TOOLCHAIN is not a JSON object");
}
