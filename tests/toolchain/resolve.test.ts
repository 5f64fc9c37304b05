// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { GoModule } from "../../toolchain/goModules.ts";
import { programs as realPrograms } from "../../toolchain/programs.ts";
import type { Program, ProgramName } from "../../toolchain/programs.ts";
import type { Release } from "../../toolchain/releases.ts";
import { resolveToolchain } from "../../toolchain/resolve.ts";
import type { Toolchain } from "../../toolchain/resolve.ts";
import { recordProgress } from "../support/recordedProgress.ts";
import type { RecordedProgress } from "../support/recordedProgress.ts";
import { startReleaseServer } from "../support/releaseServer.ts";
import type { ReleaseServer } from "../support/releaseServer.ts";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";
import { makeTarball } from "../support/tarball.ts";

const versions: Readonly<Record<string, string>> = {
  headscale: "headscale version v0.29.2",
  tailscale: "1.98.4",
  tailscaled: "1.98.4",
};

describe("resolveToolchain", () => {
  const folder = scratchFolder();
  let server: ReleaseServer;
  let progress: RecordedProgress;
  beforeEach(async () => {
    server = await startReleaseServer();
    progress = recordProgress();
    await mkdir(join(folder(), "path"));
    await mkdir(join(folder(), "module"));
    await writeFile(join(folder(), "module", "go.mod"), "module x\n\ngo 1.26.4\n");
    await writeFile(join(folder(), "module", "go.sum"), "");
  });
  afterEach(() => server.close());

  const program = (text: string): string => `#!/bin/sh\necho ${text}\n`;
  function offer(name: string, texts: Readonly<Record<string, string>>): void {
    const archive = makeTarball(
      Object.entries(texts).map(([member, text]) => ({ name: member, content: program(text) })),
    );
    const digest = createHash("sha256").update(archive).digest("hex");
    server.answers.set(`/${name}.tgz`, { kind: "body", body: archive });
    server.answers.set(`/${name}.tgz.sha256`, { kind: "body", body: digest });
  }
  /** The real programs and probes, with releases on the local server and a module in the test's folder. */
  function makePrograms(): Program[] {
    const module: GoModule = {
      name: "tailnet",
      version: "0.29.2",
      title: "headscale",
      directory: join(folder(), "module"),
      packages: ["a/headscale", "a/tailscale", "a/tailscaled"],
      linkerFlags: "-s",
      minutes: 4,
    };
    const release = (name: string, members: readonly string[]): Release => ({
      name: `${name}-release`,
      version: "1",
      base: server.url,
      file: () => `${name}.tgz`,
      checksums: (file) => `${file}.sha256`,
      programs: () => new Map(members.map((member) => [member, member])),
    });
    const pair = release("tailscale", ["tailscale", "tailscaled"]);
    const lone = release("headscale", ["headscale"]);
    return realPrograms
      .filter(({ name }) => name in versions)
      .map((real) => ({ ...real, module, release: real.name === "headscale" ? lone : pair }));
  }
  async function installGo(texts: Readonly<Record<string, string>> = versions): Promise<void> {
    const writes = Object.entries(texts).map(
      ([name, text]) => `printf '#!/bin/sh\\necho ${text}\\n' > "$2/${name}"; chmod +x "$2/${name}"`,
    );
    await writeScript(
      join(folder(), "path", "go"),
      `echo "$1" >> "${join(folder(), "go.log")}"`,
      `case "$1" in env) echo go1.26.8 ;; build)`,
      'while [ "$1" != -o ]; do shift; done',
      ...writes,
      ";; esac",
    );
  }
  const resolve = (changes: Parameters<typeof resolveToolchain>[0] = {}): Promise<Toolchain> =>
    resolveToolchain({
      cache: join(folder(), "cache"),
      environment: { PATH: [join(folder(), "path"), "/usr/bin", "/bin"].join(delimiter) },
      programs: makePrograms(),
      platform: { os: "linux", arch: "x64" },
      digests: new Map(),
      progress,
      ...changes,
    });
  const sources = ({ programs }: Toolchain): string[] => programs.map(({ name, source }) => `${name}: ${source}`);

  it("takes programs from PATH and touches no network", async () => {
    for (const [name, text] of Object.entries(versions))
      await writeScript(join(folder(), "path", name), `echo ${text}`);
    const toolchain = await resolve();
    expect(sources(toolchain)).toEqual(["headscale: path", "tailscale: path", "tailscaled: path"]);
    expect(toolchain.paths.headscale).toBe(join(folder(), "path", "headscale"));
    expect(server.asked).toEqual([]);
    expect(progress.steps).toEqual([]);
  });

  it("downloads each release once, and finds it in the cache the next time", async () => {
    offer("headscale", { headscale: versions["headscale"] ?? "" });
    offer("tailscale", { tailscale: "1.98.4", tailscaled: "1.98.4" });
    expect(sources(await resolve())).toEqual(["headscale: download", "tailscale: download", "tailscaled: cache"]);
    expect(server.asked).toEqual([
      "/headscale.tgz.sha256",
      "/headscale.tgz",
      "/tailscale.tgz.sha256",
      "/tailscale.tgz",
    ]);
    const again = await resolve();
    expect(sources(again)).toEqual(["headscale: cache", "tailscale: cache", "tailscaled: cache"]);
    expect(server.asked).toHaveLength(4);
    expect(await readFile(again.paths.tailscaled, "utf8")).toBe(program("1.98.4"));
  });

  it("builds when no release can be had, all programs of a module in one go", async () => {
    await installGo();
    expect(sources(await resolve())).toEqual(["headscale: build", "tailscale: cache", "tailscaled: cache"]);
    expect(await readFile(join(folder(), "go.log"), "utf8")).toBe("env\nlist\nbuild\n");
    expect(progress.steps[0]).toBe(
      `cannot fetch "${server.url}/headscale.tgz.sha256": the server answered 404; building headscale instead`,
    );
    expect(sources(await resolve())).toEqual(["headscale: cache", "tailscale: cache", "tailscaled: cache"]);
    expect(await readFile(join(folder(), "go.log"), "utf8")).toBe("env\nlist\nbuild\n");
  });

  it("builds when the network swallows everything", async () => {
    await installGo();
    server.answers.set("/headscale.tgz.sha256", { kind: "silent" });
    server.answers.set("/tailscale.tgz.sha256", { kind: "stalled" });
    expect(sources(await resolve({ fetchLimits: { idle: 200 } }))).toEqual([
      "headscale: build",
      "tailscale: cache",
      "tailscaled: cache",
    ]);
    expect(progress.steps[0]).toContain("no answer within 0.2 s");
  });

  it("builds when a release is not what its publisher's checksum says, and keeps nothing of it", async () => {
    await installGo();
    offer("headscale", { headscale: versions["headscale"] ?? "" });
    server.answers.set("/headscale.tgz.sha256", { kind: "body", body: "0".repeat(64) });
    expect(sources(await resolve())[0]).toBe("headscale: build");
    expect(progress.steps[1]).toMatch(
      /^cannot trust "headscale.tgz": its SHA-256 is [0-9a-f]{64}, expected 0{64}; building headscale instead$/,
    );
    const entries = (await readdir(join(folder(), "cache"))).filter((name) => name.includes("release"));
    expect(entries).toEqual([]);
  });

  it("does not keep a download or a build that turns out to be another version", async () => {
    await installGo({ ...versions, headscale: "headscale version v0.1.0" });
    offer("headscale", { headscale: "headscale version v0.28.0" });
    await expect(resolve()).rejects.toThrow(
      "cannot provide headscale 0.29.2: install Go >= 1.26 or put headscale 0.29.2 on PATH " +
        '(cannot use the new "headscale": its version is 0.1.0, wanted headscale 0.29.2)',
    );
    expect(progress.steps).toContain(
      'cannot use the new "headscale": its version is 0.28.0, wanted headscale 0.29.2; building headscale instead',
    );
    expect((await readdir(join(folder(), "cache"))).sort()).toEqual(["locks"]);
  });

  it("says what to install when there is neither a download nor Go", async () => {
    await expect(resolve()).rejects.toThrow(
      "cannot provide headscale 0.29.2: install Go >= 1.26 or put headscale 0.29.2 on PATH " +
        "(cannot build headscale: no Go >= 1.26.4 on PATH)",
    );
  });

  it("does not ask a publisher that has nothing for the platform", async () => {
    await installGo();
    const programs = makePrograms().map((one) => ({ ...one, release: { ...one.release, file: () => undefined } }));
    expect(sources(await resolve({ programs }))).toEqual(["headscale: build", "tailscale: cache", "tailscaled: cache"]);
    expect(server.asked).toEqual([]);
  });

  it("gives two runs at once the same programs, made once", async () => {
    await installGo();
    const [one, two] = await Promise.all([resolve(), resolve()]);
    expect(one.paths).toEqual(two.paths);
    expect(await readFile(join(folder(), "go.log"), "utf8")).toBe("env\nlist\nbuild\n");
  });

  it("uses the recorded digests of the repository when none are given", async () => {
    const names: ProgramName[] = realPrograms.map(({ name }) => name);
    expect(names).toEqual(["pulumi", "pulumi-language-nodejs", "headscale", "tailscale", "tailscaled"]);
    await installGo();
    await expect(resolve({ digests: undefined })).resolves.toBeDefined();
  });
});
