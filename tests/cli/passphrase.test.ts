// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { chmod, mkdir, open, symlink, writeFile } from "node:fs/promises";
import { constants } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../cli/errors.ts";
import { checkPassphrase } from "../../cli/passphrase.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const CANARY = "canary-passphrase";

function refusal(environment: Record<string, string>): readonly [string, number] {
  try {
    checkPassphrase(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { message, hints, exitCode } = error as UserError;
    expect(message + hints.join()).not.toContain(CANARY);
    return [message, exitCode];
  }
  throw new Error("it was accepted");
}

async function write(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(folder(), name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

describe("the passphrase", () => {
  it("is set, or in a file, which may be reached by a link", async () => {
    const file = await write("secret", `${CANARY}\n`, 0o644);
    await symlink(file, join(folder(), "link"));
    expect(checkPassphrase({ PULUMI_CONFIG_PASSPHRASE: CANARY })).toBe("is set");
    expect(checkPassphrase({ PULUMI_CONFIG_PASSPHRASE: CANARY, PULUMI_CONFIG_PASSPHRASE_FILE: "/none" })).toBe(
      "is set",
    );
    expect(checkPassphrase({ PULUMI_CONFIG_PASSPHRASE_FILE: file })).toBe(`is in ${file}`);
    const link = join(folder(), "link");
    expect(checkPassphrase({ PULUMI_CONFIG_PASSPHRASE: "", PULUMI_CONFIG_PASSPHRASE_FILE: link })).toBe(
      `is in ${link}`,
    );
  });

  it("must be there", () => {
    expect(refusal({})).toEqual(["PULUMI_CONFIG_PASSPHRASE is not set or empty", 2]);
    expect(refusal({ PULUMI_CONFIG_PASSPHRASE_FILE: join(folder(), "none") })).toEqual([
      `cannot read "${join(folder(), "none")}", which PULUMI_CONFIG_PASSPHRASE_FILE names: ENOENT`,
      2,
    ]);
  });

  it.each([
    ["an empty file", "  \n", 0o600, /^".*", which PULUMI_CONFIG_PASSPHRASE_FILE names, is empty$/],
    ["a file that others may write", CANARY, 0o622, /^cannot use passphrase file ".*": its mode is 622/],
    ["a file without end", "x".repeat(65_537), 0o600, /^cannot use passphrase file ".*": it has 65537 bytes/],
  ])("is not taken from %s", async (_, text, mode, message) => {
    const path = await write("secret", text, mode);
    expect(refusal({ PULUMI_CONFIG_PASSPHRASE_FILE: path })).toEqual([expect.stringMatching(message), 2]);
  });

  it("is not taken from a folder, a device or a pipe, and none of them is opened", async () => {
    const fifo = join(folder(), "fifo");
    await mkdir(join(folder(), "folder"));
    execFileSync("mkfifo", [fifo]);
    // As process substitution does it: somebody holds the other end, with the passphrase in the pipe.
    const pipe = await open(fifo, constants.O_RDWR);
    await pipe.write(CANARY);
    const inherited = `/proc/self/fd/${pipe.fd}`;
    for (const file of [join(folder(), "folder"), "/dev/zero", fifo, inherited])
      expect(refusal({ PULUMI_CONFIG_PASSPHRASE_FILE: file })).toEqual([
        `cannot use "${file}", which PULUMI_CONFIG_PASSPHRASE_FILE names: it is not a regular file`,
        2,
      ]);
    const { buffer, bytesRead } = await pipe.read(Buffer.alloc(100), 0, 100, null);
    await pipe.close();
    expect(buffer.toString("utf8", 0, bytesRead)).toBe(CANARY);
  });
});
