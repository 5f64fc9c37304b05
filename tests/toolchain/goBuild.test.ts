// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { ensureEntry } from "../../toolchain/cacheEntry.ts";
import { moduleEntry } from "../../toolchain/goBuild.ts";
import type { GoModule } from "../../toolchain/goModules.ts";
import { recordProgress } from "../support/recordedProgress.ts";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";

describe("a Go module", () => {
  const folder = scratchFolder();
  const module = (): GoModule => ({
    name: "tool",
    version: "1.0.0",
    title: "tool 1.0.0",
    directory: join(folder(), "module"),
    packages: ["example.test/cmd/tool"],
    linkerFlags: "-s",
    minutes: 1,
  });
  const log = (): string => join(folder(), "go.log");

  /** A stand-in for go that notes how it was called; `cases` are branches of a shell case on its first argument. */
  async function installGo(...cases: readonly string[]): Promise<void> {
    await mkdir(join(folder(), "bin"), { recursive: true });
    const note = `echo "$* GOPROXY=$GOPROXY GOFLAGS=$GOFLAGS GOTOOLCHAIN=$GOTOOLCHAIN CGO=$CGO_ENABLED HOME=$HOME" >> "${log()}"`;
    await writeScript(join(folder(), "bin", "go"), note, 'case "$1" in', ...cases, "esac");
  }
  const version = "env) echo go1.26.8 ;;";
  const listed = "list) exit 0 ;;";
  const built = `build) while [ "$1" != -o ]; do shift; done; echo pkg/a >&2; printf built > "$2/tool" ;;`;

  beforeEach(async () => {
    await mkdir(module().directory);
    await writeFile(join(module().directory, "go.mod"), "module x\n\ngo 1.26.4\n");
    await writeFile(join(module().directory, "go.sum"), "");
  });

  async function build(
    silence = 60_000,
    changes: NodeJS.ProcessEnv = { HOME: "/home/user" },
  ): Promise<{ text: string; steps: readonly string[] }> {
    const progress = recordProgress();
    const PATH = [join(folder(), "bin"), "/usr/bin", "/bin"].join(delimiter);
    const environment = { PATH, GOPROXY: "http://proxy.invalid", GOFLAGS: "-mod=mod", ...changes };
    const platform = { os: "linux", arch: "x64" };
    const entry = moduleEntry(module(), { platform, environment, progress, limits: { silence } });
    const programs = await ensureEntry(join(folder(), "cache"), entry, progress);
    return { text: await readFile(programs.get("tool") ?? "", "utf8"), steps: progress.steps };
  }
  beforeEach(() => mkdir(join(folder(), "cache")));

  it("is built offline with our own flags when its modules are there", async () => {
    await installGo(version, listed, built);
    const { text, steps } = await build();
    expect(text).toBe("built");
    expect(steps).toEqual([
      "building tool 1.0.0 with go (about 1 min) ...",
      expect.stringMatching(/^built tool 1.0.0 in \d+ s$/),
    ]);
    const calls = (await readFile(log(), "utf8")).trim().split("\n");
    expect(calls.slice(1)).toEqual([
      "list -deps example.test/cmd/tool GOPROXY=off GOFLAGS=-mod=readonly GOTOOLCHAIN=local CGO=0 HOME=/home/user",
      expect.stringMatching(
        /^build -v -trimpath -buildvcs=false -ldflags -s -o \S+\/ example\.test\/cmd\/tool GOPROXY=off GOFLAGS=-mod=readonly GOTOOLCHAIN=local CGO=0 HOME=\/home\/user$/,
      ),
    ]);
  });

  it.each([
    ["unset", {}],
    ["empty", { HOME: "" }],
  ])("finds its caches in the user's own home when HOME is %s", async (_name, changes) => {
    await installGo(version, listed, built);
    await build(60_000, changes);
    const homes = [...(await readFile(log(), "utf8")).matchAll(/ HOME=(.*)$/gm)].map((match) => match[1]);
    expect(homes).toEqual(Array(3).fill(userInfo().homedir));
  });

  it("fetches its modules first when some are missing, from the user's own proxy", async () => {
    await installGo(version, `list) [ "$GOPROXY" != off ] ;;`, built);
    const { steps } = await build();
    expect(steps[0]).toBe("fetching the Go modules of tool 1.0.0 ...");
    expect(await readFile(log(), "utf8")).toContain("list -deps example.test/cmd/tool GOPROXY=http://proxy.invalid ");
  });

  it("gives up fetching on a network that swallows everything", async () => {
    await installGo(version, `list) [ "$GOPROXY" != off ] && exec tail -f /dev/null; exit 1 ;;`, built);
    await expect(build(100)).rejects.toThrow(
      "cannot fetch the Go modules of tool 1.0.0: killed after 0.1 s of silence",
    );
  });

  it("passes on what go says when a build fails", async () => {
    await installGo(version, listed, "build) echo 'x.go:1: undefined: y' >&2; exit 1 ;;");
    await expect(build()).rejects.toThrow("cannot build tool 1.0.0 with go: status 1: x.go:1: undefined: y");
  });

  it("is not built by a Go that is too old, and says which one it found", async () => {
    await installGo("env) echo go1.26.3 ;;");
    await expect(build()).rejects.toThrow("cannot build tool 1.0.0: no Go >= 1.26.4 on PATH (found go1.26.3)");
  });

  it("is built by a newer Go whose version has two numbers", async () => {
    await installGo("env) echo go1.27 ;;", listed, built);
    await expect(build()).resolves.toMatchObject({ text: "built" });
  });

  it("is not built by something that is no Go", async () => {
    await installGo("env) echo 'devel +abc' ;;");
    await expect(build()).rejects.toThrow("no Go >= 1.26.4 on PATH (found devel +abc)");
  });

  it("has another cache key when go.mod, go.sum, a flag or the platform changes", async () => {
    const options = { platform: { os: "linux", arch: "x64" }, environment: {}, progress: recordProgress() };
    const key = (changes: Partial<GoModule> = {}, arch = "x64"): string =>
      moduleEntry({ ...module(), ...changes }, { ...options, platform: { os: "linux", arch } }).key;
    const keys = [key(), key({ linkerFlags: "-w" }), key({}, "arm64"), key({ packages: ["a"] })];
    await writeFile(join(module().directory, "go.sum"), "changed");
    keys.push(key());
    await writeFile(join(module().directory, "go.mod"), "changed");
    keys.push(key());
    expect(new Set(keys).size).toBe(6);
    expect(key()).toBe(key());
  });
});
