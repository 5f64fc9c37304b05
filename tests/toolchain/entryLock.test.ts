// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { readFile, readdir, readlink, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { acquireLock } from "../../toolchain/entryLock.ts";
import { currentProcess } from "../../toolchain/processIdentity.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const childFile = fileURLToPath(new URL("../support/lockChild.ts", import.meta.url));
const token = "00000000-0000-4000-8000-000000000000";

describe("acquireLock", () => {
  const folder = scratchFolder();
  const children: ChildProcessWithoutNullStreams[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  const path = (): string => join(folder(), "locks", "entry");
  const log = (): string => join(folder(), "log");
  function startChild(): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, ["--no-warnings", childFile, path(), log()]);
    children.push(child);
    return child;
  }
  async function leaveDeadLock(): Promise<void> {
    const child = startChild();
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "close");
  }

  it("names this very process while it is held and leaves nothing when released", async () => {
    const lock = await acquireLock(path());
    const { pid, started } = currentProcess();
    expect(await readlink(path())).toMatch(new RegExp(`^${pid}\\|${started}\\|[0-9a-f-]{36}$`));
    await lock.release();
    expect(await readdir(join(folder(), "locks"))).toEqual([]);
  });

  it("waits for a running holder and gets the lock when that releases it", async () => {
    const child = startChild();
    await once(child.stdout, "data");
    const waited = new Promise<number>((resolve) => {
      void acquireLock(path(), { pollMilliseconds: 5, onWait: ({ pid }) => resolve(pid) }).then((lock) =>
        lock.release(),
      );
    });
    await expect(waited).resolves.toBe(child.pid);
    child.stdin.write("go\n");
    await once(child, "close");
    const lock = await acquireLock(path(), { pollMilliseconds: 5 });
    await lock.release();
    expect(await readFile(log(), "utf8")).toBe("in\nout\n");
  });

  it("takes over from a holder that was killed, and says from whom", async () => {
    await leaveDeadLock();
    const dead: (number | undefined)[] = [];
    const lock = await acquireLock(path(), { onTakeOver: (holder) => dead.push(holder?.pid) });
    expect(dead).toEqual([children[0]?.pid]);
    await lock.release();
    expect(await readdir(join(folder(), "locks"))).toEqual([]);
  });

  it("takes over when the holder's process number belongs to another process by now", async () => {
    await (await acquireLock(path())).release();
    await symlink(`${process.pid}|another-start|${token}`, path());
    const lock = await acquireLock(path());
    expect(await readlink(path())).toContain(currentProcess().started);
    await lock.release();
  });

  it("takes over a lock whose text is damaged", async () => {
    await (await acquireLock(path())).release();
    await symlink("??", path());
    const lock = await acquireLock(path());
    await lock.release();
    expect(await readdir(join(folder(), "locks"))).toEqual([]);
  });

  it("takes over when a process also died while taking over", async () => {
    await (await acquireLock(path())).release();
    await symlink(`${process.pid}|gone|${token}`, path());
    await symlink(`${process.pid}|gone|${token.replace("4", "5")}`, `${path()}.${token}`);
    const lock = await acquireLock(path());
    await lock.release();
    expect(await readdir(join(folder(), "locks"))).toEqual([]);
  });

  it("lets one process in at a time when several find the same dead holder", async () => {
    await leaveDeadLock();
    const rivals = Array.from({ length: 5 }, startChild);
    for (const rival of rivals) rival.stdin.write("go\n");
    await Promise.all(rivals.map((rival) => once(rival, "close")));
    expect(rivals.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0]);
    expect(await readFile(log(), "utf8")).toBe(`in\n${"in\nout\n".repeat(5)}`);
  });

  it("lets one caller in at a time within a process", async () => {
    let inside = 0;
    let most = 0;
    const visit = async (): Promise<void> => {
      const lock = await acquireLock(path(), { pollMilliseconds: 1 });
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
      await lock.release();
    };
    await Promise.all(Array.from({ length: 8 }, visit));
    expect(most).toBe(1);
  });
});
