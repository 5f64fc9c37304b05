// SPDX-License-Identifier: Apache-2.0

/** Operating system and processor in Node's words. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
}

/** An official release of one or more programs, as its publisher offers it for download. */
export interface Release {
  readonly name: string;
  readonly version: string;
  /** Folder of the release at the publisher, without a final slash. */
  readonly base: string;
  /** Name of the file for a platform, or undefined when the publisher has none for it. */
  readonly file: (platform: Platform) => string | undefined;
  /** Name of the publisher's checksum file that covers `file`. */
  readonly checksums: (file: string) => string;
  /** Programs inside: name -> member of the gzip-compressed tar archive, or undefined when the file is the program. */
  readonly programs: (file: string) => ReadonlyMap<string, string | undefined>;
}

/** Node's processor names in the words of Go, which two of the publishers use. */
const goArchitectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** The Pulumi engine with its language hosts. */
export const pulumiRelease: Release = {
  name: "pulumi-release",
  version: "3.259.0",
  base: "https://get.pulumi.com/releases/sdk",
  file: ({ os, arch }) =>
    ["linux", "darwin"].includes(os) && arch in goArchitectures ? `pulumi-v3.259.0-${os}-${arch}.tar.gz` : undefined,
  checksums: () => "pulumi-3.259.0-checksums.txt",
  programs: () =>
    new Map([
      ["pulumi", "pulumi/pulumi"],
      ["pulumi-language-nodejs", "pulumi/pulumi-language-nodejs"],
    ]),
};

/** The control server of the lab's tailnet. */
export const headscaleRelease: Release = {
  name: "headscale-release",
  version: "0.29.2",
  base: "https://github.com/juanfont/headscale/releases/download/v0.29.2",
  file: ({ os, arch }) =>
    goFile(arch, (go) => (os === "linux" || os === "darwin" ? `headscale_0.29.2_${os}_${go}` : undefined)),
  checksums: () => "checksums.txt",
  programs: () => new Map([["headscale", undefined]]),
};

/** The newest stable Tailscale that headscale 0.29.2 lists as a known client. */
export const tailscaleRelease: Release = {
  name: "tailscale-release",
  version: "1.98.4",
  base: "https://pkgs.tailscale.com/stable",
  file: ({ os, arch }) => goFile(arch, (go) => (os === "linux" ? `tailscale_1.98.4_${go}.tgz` : undefined)),
  checksums: (file) => `${file}.sha256`,
  programs: (file) => {
    const folder = file.replace(/\.tgz$/, "");
    return new Map([
      ["tailscale", `${folder}/tailscale`],
      ["tailscaled", `${folder}/tailscaled`],
    ]);
  },
};

/** All releases, for recording their digests. */
export const releases: readonly Release[] = [pulumiRelease, headscaleRelease, tailscaleRelease];

function goFile(arch: string, name: (goArch: string) => string | undefined): string | undefined {
  const goArch = goArchitectures[arch];
  return goArch === undefined ? undefined : name(goArch);
}
