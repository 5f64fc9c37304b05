// SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findDebianMirror } from "../../../lab/image/debianMirror.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";

describe("the Debian mirror", () => {
  const root = scratchFolder();
  beforeEach(async () => {
    await mkdir(join(root(), "etc/apt/sources.list.d"), { recursive: true });
    await writeFile(join(root(), "etc/os-release"), 'PRETTY_NAME="Debian"\nID=debian\n');
  });
  const source = (name: string, ...lines: readonly string[]): Promise<void> =>
    writeFile(join(root(), "etc/apt", name), `${lines.join("\n")}\n`);
  const find = (environment: NodeJS.ProcessEnv = {}): Promise<string | undefined> =>
    findDebianMirror(environment, root());

  it("is left to mmdebstrap where the host names none", async () => {
    await expect(find()).resolves.toBeUndefined();
    await expect(findDebianMirror({}, join(root(), "missing"))).resolves.toBeUndefined();
  });

  it("is that of a host's one-line sources", async () => {
    await source(
      "sources.list",
      "# deb http://commented.example/debian bookworm main",
      "deb-src http://sources.example/debian bookworm main",
      "deb cdrom:[Debian 12]/ bookworm main",
      "deb http://security.example/debian-security bookworm-security main",
      "deb [arch=amd64 signed-by=/key.gpg] https://mirror.example/debian/ bookworm main",
      "deb http://later.example/debian bookworm main",
    );
    await expect(find()).resolves.toBe("https://mirror.example/debian/");
  });

  it("is that of a host's deb822 sources", async () => {
    await source(
      "sources.list.d/debian.sources",
      "Types: deb-src",
      "URIs: http://sources.example/debian",
      "",
      "Types: deb",
      "Enabled: no",
      "URIs: http://off.example/debian",
      "",
      "Types: deb deb-src",
      "# a comment",
      "URIs: http://security.example/debian-security",
      " http://mirror.example/pub/debian",
      "Suites: bookworm",
    );
    await expect(find()).resolves.toBe("http://mirror.example/pub/debian");
  });

  it.each([
    "http://snapshot.example/archive/debian/20250520T000000Z",
    "mirror+file:/etc/apt/mirrors/debian.list",
    "file:/srv/debian",
    "http://user:secret@mirror.example/debian",
  ])("is not a host's %s, which may lack the release or be out of reach", async (uri) => {
    await source("sources.list", `deb ${uri} bookworm main`);
    await expect(find()).resolves.toBeUndefined();
  });

  it("takes no file that apt does not read", async () => {
    await source("sources.list.d/old.list.save", "deb http://old.example/debian bookworm main");
    await expect(find()).resolves.toBeUndefined();
  });

  it("is not that of another system, which need not be Debian's", async () => {
    await writeFile(join(root(), "etc/os-release"), "ID=ubuntu\nID_LIKE=debian\n");
    await source("sources.list", "deb http://mirror.example/debian noble main");
    await expect(find()).resolves.toBeUndefined();
  });

  it("is CLAWS_DEBIAN_MIRROR before all, whatever its path", async () => {
    await source("sources.list", "deb http://mirror.example/debian bookworm main");
    const mirror = "https://cache.example/proxy/trixie/";
    await expect(find({ CLAWS_DEBIAN_MIRROR: mirror })).resolves.toBe(mirror);
    await expect(find({ CLAWS_DEBIAN_MIRROR: "" })).resolves.toBe("http://mirror.example/debian");
  });

  it.each([
    "mirror.example",
    "file:///srv/debian",
    "http://a b/debian",
    "deb http://mirror.example/debian",
    "http:///debian",
    "http://user:secret@mirror.example/debian",
  ])("refuses %j in CLAWS_DEBIAN_MIRROR", async (mirror) => {
    await expect(find({ CLAWS_DEBIAN_MIRROR: mirror })).rejects.toThrow(
      new Error(
        'cannot use CLAWS_DEBIAN_MIRROR: it must be a URL without a password, such as "https://mirror.example/debian"',
      ),
    );
  });
});
