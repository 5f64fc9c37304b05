// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { digestSources, makeArchive, type Run } from "../../agent-image/openClawArchive.ts";
import { repositoryRoot } from "../support/sourceTree.ts";

const manifests = "agent-image/workloads/openclaw";
let folder: string;
let repository: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "openclaw-archive-"));
  repository = join(folder, "repository");
  await mkdir(join(repository, manifests), { recursive: true });
  await cp(join(repositoryRoot, manifests, "package.json"), join(repository, manifests, "package.json"));
  await lock({ "node_modules/openclaw": {}, "node_modules/zod": { os: ["linux"], cpu: ["arm64", "x64"] } });
  await writeFile(join(repository, ".npmrc"), "ignore-scripts=true\n");
});

afterEach(() => rm(folder, { recursive: true }));

async function lock(packages: Readonly<Record<string, object>>): Promise<void> {
  const foreign = {
    "node_modules/a": { os: ["darwin"] },
    "node_modules/b": { cpu: ["x64"] },
    "node_modules/c": { libc: ["musl"] },
  };
  const text = JSON.stringify({ packages: { "": {}, ...foreign, ...packages } });
  await writeFile(join(repository, manifests, "package-lock.json"), text);
}

const execute: Run = async ([program = "", ...words], cwd) => {
  await promisify(execFile)(program, words, { cwd });
};

/** Stands for npm: installs a small tree. Everything else runs. */
const seen: string[][] = [];
const runWithFakeNpm: Run = async (argv, cwd) => {
  seen.push([...argv]);
  if (argv[0] !== "npm") return execute(argv, cwd);
  for (const path of [
    "openclaw/openclaw.mjs",
    "openclaw/index.d.ts",
    "openclaw/dist/a.mjs.map",
    "openclaw/.openclaw-lifecycle-pending",
    "zod/README.md",
  ]) {
    await mkdir(dirname(join(cwd, "node_modules", path)), { recursive: true });
    await writeFile(join(cwd, "node_modules", path), path, { mode: 0o777 });
  }
  await mkdir(join(cwd, "node_modules/openclaw/dist/control-ui"));
  await writeFile(join(cwd, "node_modules/openclaw/dist/control-ui/index.html"), "");
  await mkdir(join(cwd, "node_modules/.bin"));
  await symlink("../openclaw/openclaw.mjs", join(cwd, "node_modules/.bin/openclaw"));
  await chmod(join(cwd, "node_modules/zod/README.md"), 0o600);
};

const make = (out: string, run: Run = runWithFakeNpm) =>
  makeArchive({ repository, arch: "arm64" }, join(folder, out), run);
const sha256 = async (path: string) =>
  createHash("sha256")
    .update(await readFile(join(folder, path)))
    .digest("hex");

describe("the archive of OpenClaw", () => {
  beforeEach(() => seen.splice(0));

  it("is installed by the lock file alone, for the droplet's platform, with no script run", async () => {
    await make("archive");
    const platform = ["--os=linux", "--cpu=arm64", "--libc=glibc"];
    expect(seen[0]).toEqual([
      ...["npm", "ci", "--ignore-scripts", "--omit=dev", ...platform, "--no-audit", "--loglevel=error"],
    ]);
  });

  it("holds what runs, owned by root and writable by nobody else, and no links", async () => {
    await make("archive");
    const list = ["--list", "--verbose", "--numeric-owner", "--gzip", "--file", join(folder, "archive")];
    const { stdout } = await promisify(execFile)("tar", list, { env: { ...process.env, TZ: "UTC" } });
    const entries = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/));
    expect(entries.map(([mode, owner, , day, , path]) => [mode, owner, day, path])).toEqual([
      ["drwxr-xr-x", "0/0", "2025-01-01", "node_modules/"],
      ["drwxr-xr-x", "0/0", "2025-01-01", "node_modules/openclaw/"],
      ["drwxr-xr-x", "0/0", "2025-01-01", "node_modules/openclaw/dist/"],
      ["-rwxr-xr-x", "0/0", "2025-01-01", "node_modules/openclaw/openclaw.mjs"],
      ["drwxr-xr-x", "0/0", "2025-01-01", "node_modules/zod/"],
      ["-rw-r--r--", "0/0", "2025-01-01", "node_modules/zod/README.md"],
    ]);
  });

  it("is the same, byte for byte, when it is made again", async () => {
    await make("one");
    await make("two");
    expect(await sha256("two")).toBe(await sha256("one"));
  });

  it("is not made when npm left out a package that the droplet's platform has", async () => {
    await lock({ "node_modules/native": { os: ["linux"], cpu: ["arm64"], libc: ["glibc"] } });
    await expect(make("archive")).rejects.toThrow('cannot pack OpenClaw: npm did not install "node_modules/native"');
    expect(await readdir(folder)).toEqual(["repository"]);
  });

  it("is there whole or not at all", async () => {
    const failing: Run = async (argv, cwd) => {
      if (argv[0] !== "npm") throw new Error("cannot pack");
      await runWithFakeNpm(argv, cwd);
    };
    await expect(make("archive", failing)).rejects.toThrow("cannot pack");
    expect(await readdir(folder)).toEqual(["repository"]);
  });

  it("has another digest for another lock file or processor", async () => {
    const digests = new Set([await digestSources({ repository, arch: "x64" })]);
    expect(digests).toContain(await digestSources({ repository, arch: "x64" }));
    digests.add(await digestSources({ repository, arch: "arm64" }));
    await writeFile(join(repository, manifests, "package-lock.json"), "{}");
    digests.add(await digestSources({ repository, arch: "x64" }));
    expect(digests.size).toBe(3);
  });
});

describe("the lock file of OpenClaw", () => {
  interface Locked {
    readonly version: string;
    readonly integrity?: string;
    readonly resolved?: string;
    readonly inBundle?: boolean;
    readonly link?: boolean;
  }
  const readLock = async () => {
    const text = await readFile(join(repositoryRoot, manifests, "package-lock.json"), "utf8");
    return { text, packages: (JSON.parse(text) as { packages: Record<string, Locked> }).packages };
  };

  it("pins one version of OpenClaw", async () => {
    const manifest: unknown = JSON.parse(await readFile(join(repositoryRoot, manifests, "package.json"), "utf8"));
    expect(manifest).toMatchObject({ private: true, type: "module", dependencies: { openclaw: "2026.9.6" } });
    const { packages } = await readLock();
    expect(packages["node_modules/openclaw"]?.version).toBe("2026.9.6");
  });

  it("has the digest of every package and the address of none", async () => {
    const { packages } = await readLock();
    const installed = Object.entries(packages).filter(([path]) => path !== "");
    expect(installed.length).toBeGreaterThan(300);
    // What lies inside of another package is covered by that one's digest.
    const own = installed.filter(([, { inBundle }]) => inBundle !== true);
    expect(own.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""))).toEqual([]);
    expect(installed.filter(([, { resolved, link }]) => resolved !== undefined || link === true)).toEqual([]);
    expect(installed.length - own.length).toBe(1);
  });
});
