// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";

interface Options {
  readonly lab?: boolean;
  readonly bench?: boolean;
  readonly tests?: boolean;
  readonly platform?: string;
  readonly isRoot?: boolean;
  readonly root?: string;
  readonly say?: (text: string) => void;
  readonly environment: NodeJS.ProcessEnv;
}

const module: unknown = await import(new URL("../../scripts/systemPackages.mjs", import.meta.url).href);
const { ensureSystemPackages } = module as { ensureSystemPackages: (options: Options) => Promise<void> };

const lab = [
  "mmdebstrap",
  "debian-archive-keyring",
  "systemd-container",
  "nftables",
  "iproute2",
  "nmap",
  "openssl",
  "util-linux",
  "procps",
  "ca-certificates",
];

const tests = ["chromium", "gcc", "libc6-dev", "openssh-client", "dbus", "gnome-keyring"];

describe("ensureSystemPackages", () => {
  const folder = scratchFolder();
  let said: string[];
  const lists = (): string => join(folder(), "var/lib/apt/lists");
  const policy = (): string => join(folder(), "usr/sbin/policy-rc.d");

  beforeEach(async () => {
    said = [];
    for (const name of ["bin", "etc", "usr/sbin"]) await mkdir(join(folder(), name), { recursive: true });
    await mkdir(lists(), { recursive: true });
    await writeFile(join(lists(), "deb.example_dists_stable_Packages"), "");
    await writeFile(join(folder(), "etc/os-release"), "NAME=x\nID=debian\n");
    await installApt(`[ ! -e "${folder()}/broken" ]`);
    await writeScript(join(folder(), "bin", "update-rc.d"), `echo "update-rc.d $*" >> "${folder()}/apt.log"`);
    for (const name of ["packer", "zsh", "fish", "mandoc"]) await writeScript(join(folder(), "bin", name));
    await present([...lab, ...tests]);
  });

  function installApt(...work: readonly string[]): Promise<string> {
    return writeScript(
      join(folder(), "bin", "apt-get"),
      `echo "$* $DEBIAN_FRONTEND" >> "${folder()}/apt.log"`,
      `if [ -e ${policy()} ]; then ${policy()} nginx start; echo "policy $?" >> "${folder()}/apt.log"; fi`,
      'echo "Reading package lists..."; echo "E: what apt-get says" >&2',
      ...work,
    );
  }
  /** A stand-in for apt-cache, which does or does not offer each package. */
  async function offerPacker(candidate: string): Promise<void> {
    await rm(join(folder(), "bin", "packer"));
    const lines = [`echo "$2:"; echo "  Installed: (none)"; echo "  Candidate: ${candidate}"`];
    await writeScript(join(folder(), "bin", "apt-cache"), ...lines);
  }

  function present(names: readonly string[], status = "installed"): Promise<string> {
    return writeScript(
      join(folder(), "bin", "dpkg-query"),
      ...names.map((name) => `echo "${name} ${status}"`),
      "exit 1",
    );
  }
  const ensure = (changes: Partial<Options> = {}): Promise<void> =>
    ensureSystemPackages({
      platform: "linux",
      isRoot: true,
      root: folder(),
      say: (text) => said.push(text),
      environment: { PATH: join(folder(), "bin") },
      ...changes,
    });
  /** The verbs of apt-get's calls. */
  const verbs = async (): Promise<(string | undefined)[]> =>
    (await aptLog()).filter((line) => line.startsWith("-q")).map((call) => / (update|install) /.exec(call)?.[1]);
  const aptLog = async (): Promise<string[]> =>
    (await readFile(join(folder(), "apt.log"), "utf8").catch(() => "")).split("\n").filter(Boolean);

  it("does and says nothing when all packages are there", async () => {
    await ensure();
    expect({ said, apt: await aptLog() }).toEqual({ said: [], apt: [] });
  });

  it("installs just what is missing, without questions, extras or started services", async () => {
    await present(lab.filter((name) => name !== "nmap"));
    await ensure();
    expect(said).toEqual(["installing Debian packages: nmap ..."]);
    const [call = "", policyAnswer] = await aptLog();
    expect(call).toMatch(/ install --yes --no-install-recommends nmap noninteractive$/);
    expect(policyAnswer).toBe("policy 101");
    expect(await readdir(join(folder(), "usr/sbin"))).toEqual([]);
  });

  it("counts a package that was removed but left its configuration as missing", async () => {
    await present(lab, "config-files");
    await ensure();
    expect(said).toEqual([`installing Debian packages: ${lab.join(" ")} ...`]);
  });

  it("adds the benchmark's packages on request only", async () => {
    await ensure({ bench: true });
    expect(said).toEqual(["installing Debian packages: nginx-light wrk ..."]);
  });

  it("adds the tests' packages on request only, and leaves the lab's out when there is no lab", async () => {
    await present([]);
    await ensure({ lab: false, tests: true });
    expect(said).toEqual(["installing Debian packages: chromium gcc libc6-dev openssh-client dbus gnome-keyring ..."]);
  });

  it.each([
    ["missing", (): Promise<void> => rm(lists(), { recursive: true })],
    ["empty", (): Promise<void> => rm(join(lists(), "deb.example_dists_stable_Packages"))],
  ])("updates the package lists first when they are %s", async (_name, change) => {
    await present([]);
    await change();
    await ensure();
    expect(await verbs()).toEqual(["update", "install"]);
  });

  it("does not mind an old date inside young package lists", async () => {
    await present([]);
    await utimes(join(lists(), "deb.example_dists_stable_Packages"), 0, 0);
    await ensure();
    expect((await aptLog()).filter((line) => line.includes(" update "))).toEqual([]);
  });

  it("fails when apt-get does, and still lets services start again", async () => {
    await present([]);
    await writeFile(join(folder(), "broken"), "");
    await expect(ensure()).rejects.toThrow(
      "cannot install Debian packages: apt-get ended with status 1\n  Reading package lists...\n  E: what apt-get says",
    );
    expect(await verbs()).toEqual(["install", "update", "install"]);
    expect(await readdir(join(folder(), "usr/sbin"))).toEqual([]);
  });

  it("tries once more with new package lists when an install fails, for the young lists of an old machine image", async () => {
    await present([]);
    const updated = join(folder(), "updated");
    await installApt(`case "$*" in *" update"*) : > ${updated} ;; *) [ -e ${updated} ] ;; esac`);
    await ensure();
    expect(await verbs()).toEqual(["install", "update", "install"]);
    expect(said.slice(1)).toEqual([
      "cannot install Debian packages: apt-get ended with status 1; trying again with new package lists ...",
    ]);
  });

  it("does not let an update that fails decide", async () => {
    await present([]);
    await rm(lists(), { recursive: true });
    await installApt('case "$*" in *" update"*) exit 100 ;; esac');
    await ensure();
    expect(await verbs()).toEqual(["update", "install"]);
    expect(said.join("\n")).toContain("cannot update Debian packages: apt-get ended with status 100");
  });

  it("installs what single tests use where the release offers them", async () => {
    await offerPacker("1.6.6+ds2-1+b1");
    await ensure();
    expect(said).toEqual([]);
    await ensure({ tests: true });
    expect(said).toEqual(["installing Debian packages: packer ..."]);
    expect(await verbs()).toEqual(["install"]);
  });

  it("does without what single tests use where the release lacks them or they cannot be installed", async () => {
    await offerPacker("(none)");
    await ensure({ tests: true });
    expect({ said, apt: await aptLog() }).toEqual({ said: [], apt: [] });
    await writeScript(join(folder(), "bin", "apt-cache"), 'echo "  Candidate: 1.0"');
    await writeFile(join(folder(), "broken"), "");
    await ensure({ tests: true });
    expect(said.at(-1)).toContain("cannot install Debian packages: apt-get ended with status 1");
  });

  it("takes the programs of single tests from anywhere on PATH", async () => {
    await writeScript(join(folder(), "bin", "apt-cache"), `echo asked >> "${folder()}/apt.log"`);
    await ensure({ tests: true });
    expect(await aptLog()).toEqual([]);
  });

  it("keeps nginx from starting with the machine when it was not there before", async () => {
    await ensure({ bench: true });
    expect((await aptLog()).at(-1)).toBe("update-rc.d nginx disable");
  });

  it("leaves an nginx that was there before as it is", async () => {
    await writeScript(join(folder(), "usr/sbin/nginx"));
    await ensure({ bench: true });
    expect((await aptLog()).join("\n")).not.toContain("update-rc.d");
  });

  it("starts no service in either of two installs at once", async () => {
    await present([]);
    await Promise.all([ensure(), ensure()]);
    expect((await aptLog()).filter((line) => line.startsWith("policy"))).toEqual(["policy 101", "policy 101"]);
    expect(said).toContain(`waiting for process ${process.pid}, which installs Debian packages ...`);
    expect(await readdir(join(folder(), "run"))).toEqual([]);
  });

  it("removes its service policy that a killed run left, also when nothing is missing, but keeps anyone else's", async () => {
    const left = "#!/bin/sh\n# office-claws: no service starts during this install\nexit 101\n";
    await writeFile(policy(), left, { mode: 0o755 });
    await ensure();
    expect(await readdir(join(folder(), "usr/sbin"))).toEqual([]);
    await present([]);
    await writeFile(policy(), left, { mode: 0o755 });
    await ensure();
    expect(await readdir(join(folder(), "usr/sbin"))).toEqual([]);
    await writeFile(policy(), "#!/bin/sh\nexit 101\n# mine\n", { mode: 0o755 });
    await ensure();
    expect(await readFile(policy(), "utf8")).toContain("# mine");
  });

  it("only says what to run when it is not root", async () => {
    await present(lab.slice(2));
    await ensure({ isRoot: false });
    expect(said).toEqual([
      "more packages are needed; as root run: apt-get install --no-install-recommends mmdebstrap debian-archive-keyring",
    ]);
    expect(await aptLog()).toEqual([]);
  });

  it("takes Ubuntu for a Debian, and says what is needed elsewhere", async () => {
    await present([]);
    await writeFile(join(folder(), "etc/os-release"), 'ID=ubuntu\nID_LIKE="debian"\n');
    await ensure({ isRoot: false });
    await writeFile(join(folder(), "etc/os-release"), 'ID=fedora\nPRETTY_NAME="not debian"\n');
    await ensure();
    expect(said.map((text) => text.slice(0, 30))).toEqual([
      "more packages are needed; as r",
      "this is neither Debian nor Ubu",
    ]);
    expect(await aptLog()).toEqual([]);
  });

  it("does nothing on macOS", async () => {
    await present([]);
    await ensure({ platform: "darwin" });
    expect(said).toEqual([]);
  });
});
