// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ensureEntry } from "../../toolchain/cacheEntry.ts";
import { releaseEntry } from "../../toolchain/download.ts";
import type { DownloadOptions } from "../../toolchain/download.ts";
import type { Release } from "../../toolchain/releases.ts";
import { recordProgress } from "../support/recordedProgress.ts";
import { startReleaseServer } from "../support/releaseServer.ts";
import type { ReleaseServer } from "../support/releaseServer.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { withGrowingLimit } from "../support/growingLimit.ts";
import { makeTarball } from "../support/tarball.ts";

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const good = makeTarball([
  { name: "dist/tool", content: "#!/bin/sh\necho v1.0.0\n" },
  { name: "dist/other", content: "-" },
]);

describe("a release", () => {
  const root = scratchFolder();
  let server: ReleaseServer;
  beforeEach(async () => {
    server = await startReleaseServer();
    server.answers.set("/r/tool.tgz", { kind: "body", body: good });
    server.answers.set("/r/sums.txt", { kind: "body", body: `${sha256(good)}  tool.tgz\n` });
  });
  afterEach(() => server.close());

  function makeRelease(changes: Partial<Release> = {}): Release {
    return {
      name: "tool-release",
      version: "1.0.0",
      base: `${server.url}/r`,
      file: ({ os }) => (os === "linux" ? "tool.tgz" : undefined),
      checksums: () => "sums.txt",
      programs: () => new Map([["tool", "dist/tool"]]),
      ...changes,
    };
  }
  async function download(release = makeRelease(), changes: Partial<DownloadOptions> = {}): Promise<string> {
    const progress = recordProgress();
    const platform = { os: "linux", arch: "x64" };
    const entry = releaseEntry(release, { platform, digests: new Map(), progress, ...changes });
    if (entry === undefined) return "none offered";
    const programs = await ensureEntry(root(), entry, progress);
    return readFile(programs.get("tool") ?? "", "utf8");
  }
  /** Expects the refusal, and that nothing of the download stays. */
  async function expectRefusal(message: string, changes: Partial<DownloadOptions> = {}): Promise<void> {
    await expect(download(makeRelease(), changes)).rejects.toThrow(message);
    expect(await readdir(root())).toEqual(["locks"]);
  }

  it("is downloaded, checked and unpacked", async () => {
    await expect(download()).resolves.toBe("#!/bin/sh\necho v1.0.0\n");
    expect(server.asked).toEqual(["/r/sums.txt", "/r/tool.tgz"]);
    const [key = ""] = (await readdir(root())).filter((name) => name.startsWith("tool-release"));
    expect(await readdir(join(root(), key, "bin"))).toEqual(["tool"]);
  });

  it("is downloaded through a redirect, as some publishers do", async () => {
    server.answers.set("/store/x", { kind: "body", body: good });
    server.answers.set("/r/tool.tgz", { kind: "redirect", location: "/store/x" });
    await expect(download()).resolves.toContain("v1.0.0");
  });

  it("may be the program itself", async () => {
    const release = makeRelease({ programs: () => new Map([["tool", undefined]]) });
    await expect(download(release)).resolves.toBe(good.toString("utf8"));
  });

  it("is not asked for where the publisher has none", async () => {
    await expect(download(makeRelease(), { platform: { os: "plan9", arch: "x64" } })).resolves.toBe("none offered");
    expect(server.asked).toEqual([]);
  });

  it("is refused when its digest is not the publisher's", async () => {
    const wrong = "0".repeat(64);
    server.answers.set("/r/sums.txt", { kind: "body", body: `${wrong}  tool.tgz\n` });
    await expectRefusal(`cannot trust "tool.tgz": its SHA-256 is ${sha256(good)}, expected ${wrong}`);
  });

  it("is refused before the download when the publisher's digest is not the recorded one", async () => {
    const recorded = "1".repeat(64);
    await expectRefusal(
      `cannot trust "tool.tgz": the publisher's checksum ${sha256(good)} is not the recorded ${recorded}`,
      { digests: new Map([["tool.tgz", recorded]]) },
    );
    expect(server.asked).toEqual(["/r/sums.txt"]);
  });

  it("is accepted when the recorded digest agrees", async () => {
    await expect(download(makeRelease(), { digests: new Map([["tool.tgz", sha256(good)]]) })).resolves.toContain("v1");
  });

  it("is refused when the checksum file does not name it", async () => {
    server.answers.set("/r/sums.txt", { kind: "body", body: `${sha256(good)}  other.tgz\n` });
    await expectRefusal('cannot find "tool.tgz" in the checksum file');
    expect(server.asked).toEqual(["/r/sums.txt"]);
  });

  it("is refused when the checksum file is missing", async () => {
    server.answers.delete("/r/sums.txt");
    await expectRefusal(`cannot fetch "${server.url}/r/sums.txt": the server answered 404`);
  });

  it("is refused when it arrives cut off", async () => {
    server.answers.set("/r/tool.tgz", { kind: "truncated", body: good });
    await expectRefusal(`cannot fetch "${server.url}/r/tool.tgz"`);
  });

  it("is given up when the server hangs", async () => {
    server.answers.set("/r/tool.tgz", { kind: "stalled" });
    const { result, milliseconds } = await withGrowingLimit(
      (idle) => download(makeRelease(), { limits: { idle } }).catch(String),
      (message) => message.includes("no answer within"),
    );
    expect(result).toContain(`no data within ${milliseconds / 1000} s`);
    expect(await readdir(root())).toEqual(["locks"]);
  });

  it("is refused when the archive reaches outside its folder, even with the right digest", async () => {
    const evil = makeTarball([
      { name: "dist/tool", content: "x" },
      { name: "../../evil", content: "x" },
    ]);
    server.answers.set("/r/tool.tgz", { kind: "body", body: evil });
    server.answers.set("/r/sums.txt", { kind: "body", body: `${sha256(evil)}  tool.tgz\n` });
    await expectRefusal('a member leaves the archive: "../../evil"');
  });

  it("is refused when the archive lacks the program", async () => {
    const empty = makeTarball([{ name: "dist/other", content: "x" }]);
    server.answers.set("/r/tool.tgz", { kind: "body", body: empty });
    server.answers.set("/r/sums.txt", { kind: "body", body: sha256(empty) });
    await expectRefusal('cannot unpack the release: it has no "dist/tool"');
  });
});
