// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Takes the lock that keeps two installs apart; waits for a running holder, replaces one that ended.
 * Returns the function that releases it.
 */
export async function takeInstallLock(path, what, say) {
  mkdirSync(dirname(path), { recursive: true });
  const own = describe(process.pid);
  for (let told = false; !tryLink(own, path);) {
    const holder = readHolder(path);
    if (holder === undefined) continue;
    const pid = holder.split("|")[0];
    if (describe(pid) !== holder) {
      discard(path, holder);
      continue;
    }
    if (!told) say(`waiting for process ${pid}, which installs ${what} ...`);
    told = true;
    await delay(200);
  }
  return () => unlinkSync(path);
}

/** Moves a dead holder's lock out of the way; when a live one slipped in between, its lock is put back. */
function discard(path, dead) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    const moved = readlinkSync(aside);
    if (moved !== dead) tryLink(moved, path);
    unlinkSync(aside);
  } catch {
    // Another waiter was faster.
  }
}

function tryLink(text, path) {
  try {
    symlinkSync(text, path);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function readHolder(path) {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** "pid|start time" of a running process, "pid|" of one that ended or cannot be told. */
function describe(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return `${pid}|${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return `${pid}|${isAlive(pid) ? "running" : ""}`;
  }
}

function isAlive(pid) {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
