// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureOpenClawArchive } from "../../../lab/image/openClawArchive.ts";

let folder: string;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lab-openclaw-"));
  lines = [];
  await mkdir(join(folder, "repository/agent-image"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

/** Stands for the image's own program: its digest, and how often it made an archive. */
async function program(digest: string, make = ""): Promise<void> {
  const source = `import { appendFileSync, writeFileSync } from "node:fs";
    const out = process.argv[process.argv.indexOf("--out") + 1];
    if (process.argv.includes("--out")) {
      appendFileSync(${JSON.stringify(join(folder, "made"))}, "x");
      ${make}
      writeFileSync(out, "archive of ${digest}");
    }
    process.stdout.write("${digest}\\n");`;
  await writeFile(join(folder, "repository/agent-image/openClawArchive.ts"), source);
}

const ensure = () =>
  ensureOpenClawArchive({
    cache: join(folder, "cache"),
    repository: join(folder, "repository"),
    onProgress: (line) => lines.push(line),
  });
const made = async () => (await readFile(join(folder, "made"), "utf8").catch(() => "")).length;
const digest = (digit: string) => digit.repeat(64);

describe("the lab's archive of OpenClaw", () => {
  it("is made once for each digest, with a line before and after", async () => {
    await program(digest("a"));
    const path = await ensure();
    expect(await ensure()).toBe(path);
    expect(path).toBe(join(folder, "cache/openclaw", "a".repeat(24), "openclaw.tar.gz"));
    expect(await readFile(path, "utf8")).toBe(`archive of ${digest("a")}`);
    expect(await made()).toBe(1);
    expect(lines).toEqual([
      "building the archive of OpenClaw (npm, about a minute)",
      expect.stringMatching(/^built the archive of OpenClaw .* in [\d.]+ s: a{24}$/),
    ]);
    await program(digest("b"));
    expect(await readFile(await ensure(), "utf8")).toBe(`archive of ${digest("b")}`);
    expect(await made()).toBe(2);
  });

  it("is there whole or not at all, and the cause is told", async () => {
    await program(digest("a"), 'writeFileSync(out, "half"); throw new Error("registry is away");');
    await expect(ensure()).rejects.toThrow("registry is away");
    expect(await readdir(join(folder, "cache/openclaw"))).toEqual([]);
    await program(digest("a"));
    expect(await readFile(await ensure(), "utf8")).toBe(`archive of ${digest("a")}`);
  });

  it("keeps the two that were used last", async () => {
    for (const digit of ["a", "b", "c"]) {
      await program(digest(digit));
      await ensure();
    }
    expect((await readdir(join(folder, "cache/openclaw"))).sort()).toEqual(["b".repeat(24), "c".repeat(24)]);
  });
});
