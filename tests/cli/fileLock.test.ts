// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { UserError } from "../../cli/errors.ts";
import { withFileLock } from "../../cli/fileLock.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const path = (): string => join(folder(), "vault.age");
const lockPath = (): string => `${path()}.lock`;

function holder(changes: Record<string, unknown> = {}): string {
  return JSON.stringify({ pid: process.pid, host: hostname(), life: "", time: "2026-11-23T12:00:00.000Z", ...changes });
}

/** The number of a process that has just ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ["--version"]).pid;
}

describe("a file's lock", () => {
  it("is held while the work runs, with the holder's process, host and time, and gone afterwards", async () => {
    const held = await withFileLock(path(), async () => JSON.parse(await readFile(lockPath(), "utf8")) as unknown);
    expect(held).toMatchObject({ pid: process.pid, host: hostname() });
    expect(held).toHaveProperty("time", expect.stringMatching(/^\d{4}-\d\d-\d\dT/));
    expect(await readdir(folder())).toEqual([]);
  });

  it("is given back when the work fails", async () => {
    await expect(withFileLock(path(), () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await readdir(folder())).toEqual([]);
  });

  it("lets one worker in at a time", async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await readdir(folder());
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 12 }, () => withFileLock(path(), work, { waitMilliseconds: 20_000 })));
    expect(most).toBe(1);
  });

  it("makes a second worker wait, then fail with the holder's process, host and time", async () => {
    await withFileLock(path(), async () => {
      const second = withFileLock(path(), () => Promise.resolve(), { waitMilliseconds: 60 });
      const error = await second.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toMatch(
        new RegExp(`^cannot lock ".*vault.age": process ${process.pid} on ${hostname()} since 20.*Z holds it$`),
      );
      expect((error as UserError).exitCode).toBe(1);
    });
  });

  it.each([
    ["a process that is gone", () => holder({ pid: deadPid() })],
    ["a process whose number was given to another one", () => holder({ life: "another boot/1" })],
    ["nobody that can be read", () => "{"],
    ["a process with an impossible number", () => holder({ pid: -1 })],
  ])("of %s is taken over, with a notice", async (_, content) => {
    await writeFile(lockPath(), content());
    const notices: string[] = [];
    const done = await withFileLock(path(), () => Promise.resolve("done"), {
      onTakeOver: (notice) => notices.push(notice),
    });
    expect(done).toBe("done");
    expect(notices).toEqual([expect.stringMatching(/^took over the lock of process (\d+|-1|unknown), which is gone$/)]);
    expect(await readdir(folder())).toEqual([]);
  });

  it("of another host is never taken over", async () => {
    await writeFile(lockPath(), holder({ pid: deadPid(), host: "elsewhere" }));
    const error = await withFileLock(path(), () => Promise.resolve(), { waitMilliseconds: 40 }).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as UserError).message).toContain("on elsewhere since");
    expect((error as UserError).hints).toContain(
      `if that process is gone for good: claws vault unlock --force --vault "${path()}"`,
    );
    expect(await readdir(folder())).toEqual(["vault.age.lock"]);
  });
});
