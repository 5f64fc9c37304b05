// SPDX-License-Identifier: Apache-2.0
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import path from "node:path";

/** What a machine must offer to run a lab. */
export interface HostFacts {
  /** As `process.platform`. */
  readonly platform: string;
  /** Effective user ID; null where there is none. */
  readonly userId: number | null;
  /** Whether a program is found on the PATH. */
  readonly hasProgram: (name: string) => Promise<boolean>;
  /** Whether /dev/net/tun is there. */
  readonly hasTun: () => Promise<boolean>;
}

/** A lab cannot run here; each line of the message names one thing that is missing and how to get it. */
export class RequirementsError extends Error {
  override readonly name = "RequirementsError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** Debian packages by program. */
const packages: Readonly<Record<string, string>> = {
  ip: "iproute2",
  nft: "nftables",
  "systemd-nspawn": "systemd-container",
  mmdebstrap: "mmdebstrap",
  nsenter: "util-linux",
  setpriv: "util-linux",
  mount: "mount",
  sysctl: "procps",
  openssl: "openssl",
  nmap: "nmap",
};

/**
 * Lists what keeps a lab from running here, one line each; empty when nothing does. Where the reason is the kind of machine or user, that is the only
 * line: a list of packages would not help.
 */
export async function findProblems(facts: HostFacts): Promise<readonly string[]> {
  const devcontainer = "use the devcontainer of this repository";
  if (facts.platform !== "linux") return [`the lab needs Linux, this is ${facts.platform}: ${devcontainer}`];
  if (facts.userId !== 0)
    return [`the lab needs root, for network namespaces and droplets: use sudo, or ${devcontainer}`];
  const names = Object.keys(packages);
  const found = await Promise.all(names.map(facts.hasProgram));
  const missing = names.filter((_, index) => found[index] !== true);
  const problems = missing.map((name) => `the program "${name}" is missing: apt-get install ${packages[name] ?? name}`);
  if (!(await facts.hasTun()))
    problems.push('the device "/dev/net/tun" is missing: modprobe tun, or pass it to the container');
  return problems;
}

/** @throws RequirementsError when a lab cannot run here. */
export async function assertRequirements(facts: HostFacts = thisHost()): Promise<void> {
  const problems = await findProblems(facts);
  if (problems.length > 0) throw new RequirementsError(problems);
}

/** Facts about the machine that this process runs on. */
export function thisHost(searchPath: string = process.env["PATH"] ?? ""): HostFacts {
  const folders = searchPath.split(path.delimiter).filter(Boolean);
  return {
    platform: process.platform,
    userId: process.geteuid?.() ?? null,
    hasProgram: async (name) => {
      const hits = await Promise.all(folders.map((folder) => isThere(path.join(folder, name), constants.X_OK)));
      return hits.includes(true);
    },
    hasTun: () => isThere("/dev/net/tun", constants.F_OK),
  };
}

async function isThere(file: string, mode: number): Promise<boolean> {
  try {
    await access(file, mode);
    return true;
  } catch {
    return false;
  }
}
