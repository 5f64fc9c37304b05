// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileAt } from "../../cli/git.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const IDENTITY = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
const environment = { PATH: process.env["PATH"], HOME: "/nonexistent", GIT_CONFIG_GLOBAL: "/dev/null" };

/** Runs git in the folder of this test. */
function git(...words: readonly string[]): void {
  execFileSync("git", [...IDENTITY, ...words], { cwd: folder(), env: environment, stdio: "ignore" });
}

/** A repository in which `vault.age` was committed with this many bytes, most of them zero. */
async function commitFile(bytes: number): Promise<string> {
  const path = join(folder(), "vault.age");
  git("init", "-q");
  await writeFile(path, "vault");
  await truncate(path, bytes);
  git("add", "vault.age");
  git("commit", "-q", "-m", "one");
  return path;
}

describe("a file as a commit has it", () => {
  it("is given whole", async () => {
    const path = await commitFile(5);
    expect((await fileAt(path, "HEAD", environment))?.toString()).toBe("vault");
  });

  it("is undefined where the commit does not have it", async () => {
    await commitFile(5);
    expect(await fileAt(join(folder(), "other.age"), "HEAD", environment)).toBeUndefined();
  });

  it("is refused before it is read when somebody committed one that fills the memory", async () => {
    const path = await commitFile(64 * 1024 * 1024);
    const before = process.memoryUsage().external;
    await expect(fileAt(path, "HEAD", environment)).rejects.toThrow(
      'refusing to read "vault.age" of revision "HEAD": it has 67108864 bytes',
    );
    expect(process.memoryUsage().external - before).toBeLessThan(16 * 1024 * 1024);
  });

  it.each(["--output=/tmp/x", "HEAD:other", "a b", ""])("is asked for by no revision like %j", async (revision) => {
    const path = await commitFile(5);
    await expect(fileAt(path, revision, environment)).rejects.toThrow(`git does not know the revision "${revision}"`);
  });
});
