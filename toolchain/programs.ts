// SPDX-License-Identifier: Apache-2.0
import { languageModule, pulumiModule, tailnetModule } from "./goModules.ts";
import type { GoModule } from "./goModules.ts";
import { languageHostProbe } from "./languageHostProbe.ts";
import { headscaleRelease, pulumiRelease, tailscaleRelease } from "./releases.ts";
import type { Release } from "./releases.ts";
import { commandProbe, isWithin } from "./versionProbe.ts";
import type { VersionProbe } from "./versionProbe.ts";

/** Names of the programs that the toolchain provides. */
export type ProgramName = "pulumi" | "pulumi-language-nodejs" | "headscale" | "tailscale" | "tailscaled";

/** A program, which of its versions fit, and where to get it. */
export interface Program {
  readonly name: ProgramName;
  /** What to put on PATH when nothing else works, in words. */
  readonly wanted: string;
  readonly probe: VersionProbe;
  readonly accepts: (version: string) => boolean;
  readonly release: Release;
  readonly module: GoModule;
  /** A program that must come in the same version: both are taken from PATH, or neither. */
  readonly pairedWith?: ProgramName;
}

// Clients that headscale 0.29.2 knows, up to the version it is built on and the stable one after it.
const acceptsTailscale = (version: string): boolean => isWithin(version, [1, 98, 0], [1, 103, 0]);
const tailscaleVersion = /^(\d+\.\d+\.\d+)(?:-\S+)?$/;

/** The programs, in the order in which they are looked for. */
export const programs: readonly Program[] = [
  {
    name: "pulumi",
    wanted: "pulumi 3.259.0",
    probe: commandProbe(["version"], /^v(\d+\.\d+\.\d+)$/),
    accepts: (version) => version === "3.259.0",
    release: pulumiRelease,
    module: pulumiModule,
  },
  {
    name: "pulumi-language-nodejs",
    wanted: "pulumi-language-nodejs 3.259.0",
    probe: languageHostProbe,
    accepts: (version) => version === "3.259.0" || version === "3.68.0",
    release: pulumiRelease,
    module: languageModule,
  },
  {
    name: "headscale",
    wanted: "headscale 0.29.2",
    probe: commandProbe(["version"], /^headscale version v?(\d+\.\d+\.\d+)$/),
    accepts: (version) => version === "0.29.2",
    release: headscaleRelease,
    module: tailnetModule,
  },
  {
    name: "tailscale",
    wanted: "tailscale 1.98.0 or newer, before 1.103",
    probe: commandProbe(["version"], tailscaleVersion),
    accepts: acceptsTailscale,
    release: tailscaleRelease,
    module: tailnetModule,
    pairedWith: "tailscaled",
  },
  {
    name: "tailscaled",
    wanted: "tailscaled 1.98.0 or newer, before 1.103",
    probe: commandProbe(["--version"], tailscaleVersion),
    accepts: acceptsTailscale,
    release: tailscaleRelease,
    module: tailnetModule,
    pairedWith: "tailscale",
  },
];
