// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";

/** A Go module with exact versions and committed digests, whose packages are programs of ours. */
export interface GoModule {
  readonly name: string;
  readonly version: string;
  /** What it builds, in words. */
  readonly title: string;
  /** Folder of its go.mod and go.sum. */
  readonly directory: string;
  /** Packages to build; the last part of each is the program's name. */
  readonly packages: readonly string[];
  /** Flags for the linker. */
  readonly linkerFlags: string;
  /** Minutes that a build took on two cores with nothing cached, to tell people what to expect. */
  readonly minutes: number;
}

/** The Pulumi engine. */
export const pulumiModule: GoModule = {
  name: "pulumi",
  version: "3.259.0",
  title: "pulumi 3.259.0",
  directory: moduleDirectory("pulumi"),
  packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
  linkerFlags: "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0",
  minutes: 4,
};

/**
 * The engine's host for Node programs. Its present module is not published for the Go tools; sdk/v3 3.68.0 is the last
 * one that contains it, and it runs programs of SDK 3.259.0 under engine 3.259.0.
 */
export const languageModule: GoModule = {
  name: "language",
  version: "3.68.0",
  title: "pulumi-language-nodejs 3.68.0",
  directory: moduleDirectory("language"),
  packages: ["github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"],
  linkerFlags: "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.68.0",
  minutes: 1,
};

/** headscale with the Tailscale that it is built on: one module, so that the shared packages compile once. */
export const tailnetModule: GoModule = {
  name: "tailnet",
  version: "0.29.2",
  title: "headscale 0.29.2 and tailscale 1.101.0",
  directory: moduleDirectory("tailnet"),
  packages: [
    "github.com/juanfont/headscale/cmd/headscale",
    "tailscale.com/cmd/tailscale",
    "tailscale.com/cmd/tailscaled",
  ],
  // Without the stamps Tailscale calls a build from the module cache an error.
  linkerFlags: "-s -w -X tailscale.com/version.shortStamp=1.101.0 -X tailscale.com/version.longStamp=1.101.0-pre",
  minutes: 4,
};

/** The age command, its key generator and the plugin that takes a passphrase without a terminal: peers for tests and benchmarks. */
export const ageModule: GoModule = {
  name: "age",
  version: "1.3.2",
  title: "age 1.3.2",
  directory: moduleDirectory("age"),
  packages: ["filippo.io/age/cmd/age", "filippo.io/age/cmd/age-keygen", "filippo.io/age/cmd/age-plugin-batchpass"],
  linkerFlags: "-s -w -X main.Version=v1.3.2",
  minutes: 1,
};

function moduleDirectory(name: string): string {
  return fileURLToPath(new URL(`./modules/${name}`, import.meta.url));
}
