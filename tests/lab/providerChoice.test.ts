// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeProviders } from "../../lab/providerChoice.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

describe("describeProviders", () => {
  const root = scratchFolder();
  const standIns = () => join(root(), "stand-ins");
  const official = () => join(root(), "official");
  const install = async (folder: string, name: string, mode = 0o755) => {
    const file = join(folder, `pulumi-resource-${name}`);
    await mkdir(folder, { recursive: true });
    await writeFile(file, "");
    await chmod(file, mode);
  };
  const describeWith = (...folders: string[]) => describeProviders(folders.join(":"), standIns());

  beforeEach(async () => {
    for (const name of ["digitalocean", "tailscale", "command"]) await install(standIns(), name);
  });

  it("names the stand-ins where nothing else is installed", async () => {
    expect(await describeWith(official(), standIns())).toBe("stand-ins for digitalocean, tailscale, command");
  });

  it("names the official plugins that come first on the path", async () => {
    await install(official(), "digitalocean");
    await install(official(), "command");
    expect(await describeWith(official(), standIns())).toBe(
      "official plugins for digitalocean, command; stand-ins for tailscale",
    );
  });

  it("takes no file that cannot be executed for a plugin", async () => {
    await install(official(), "digitalocean", 0o644);
    expect(await describeWith(official(), standIns())).toBe("stand-ins for digitalocean, tailscale, command");
  });

  it("does not call a plugin of somebody else's a stand-in because of its path's spelling", async () => {
    await install(official(), "tailscale");
    expect(await describeWith(`${standIns()}/../official`, `${standIns()}/`)).toBe(
      "official plugins for tailscale; stand-ins for digitalocean, command",
    );
  });
});
