// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { jest } from "@jest/globals";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";

// Each case starts processes of its own, and a busy machine starts them slowly.
jest.setTimeout(60_000);

interface Options {
  readonly bench: boolean;
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
  "systemd-container",
  "nftables",
  "iproute2",
  "nmap",
  "openssl",
  "util-linux",
  "procps",
  "ca-certificates",
];

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
    await writeScript(
      join(folder(), "bin", "apt-get"),
      `echo "$* $DEBIAN_FRONTEND" >> "${folder()}/apt.log"`,
      `${policy()} nginx start; echo "policy $?" >> "${folder()}/apt.log"`,
      `[ ! -e "${folder()}/broken" ]`,
    );
    await present(lab);
  });

  function present(names: readonly string[], status = "installed"): Promise<string> {
    return writeScript(
      join(folder(), "bin", "dpkg-query"),
      ...names.map((name) => `echo "${name} ${status}"`),
      "exit 1",
    );
  }
  const ensure = (changes: Partial<Options> = {}): Promise<void> =>
    ensureSystemPackages({
      bench: false,
      platform: "linux",
      isRoot: true,
      root: folder(),
      say: (text) => said.push(text),
      environment: { PATH: [join(folder(), "bin"), "/usr/bin", "/bin"].join(delimiter) },
      ...changes,
    });
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

  it.each([
    ["missing", (): Promise<void> => rm(lists(), { recursive: true })],
    ["empty", (): Promise<void> => rm(join(lists(), "deb.example_dists_stable_Packages"))],
  ])("updates the package lists first when they are %s", async (_name, change) => {
    await present([]);
    await change();
    await ensure();
    const calls = (await aptLog()).filter((line) => !line.startsWith("policy"));
    expect(calls.map((call) => / (update|install) /.exec(call)?.[1])).toEqual(["update", "install"]);
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
    await expect(ensure()).rejects.toThrow("cannot install Debian packages: apt-get ended with status 1");
    expect(await readdir(join(folder(), "usr/sbin"))).toEqual([]);
  });

  it("removes its service policy that a killed run left, but keeps anyone else's", async () => {
    await present([]);
    await ensure();
    const left = "#!/bin/sh\n# office-claws: no service starts during this install\nexit 101\n";
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
      "the lab needs more packages; as root run: apt-get install --no-install-recommends mmdebstrap systemd-container",
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
      "the lab needs more packages; a",
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
