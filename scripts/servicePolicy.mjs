// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { takeInstallLock } from "./installLock.mjs";

/** dpkg asks this program before it starts a service; 101 means no. */
const policyPath = "usr/sbin/policy-rc.d";
const policyText = "#!/bin/sh\n# office-claws: no service starts during this install\nexit 101\n";

/**
 * Runs an install of Debian packages that starts no service. One at a time on a machine: the first to end would let the
 * services of the others start. Someone else's service policy stays as it is.
 */
export async function withoutServices(root, say, install) {
  const release = await takeInstallLock(lockPath(root), "Debian packages", say);
  const policy = join(root, policyPath);
  const own = !existsSync(policy) || isOurs(policy);
  try {
    if (own) writeFileSync(policy, policyText, { mode: 0o755 });
    return await install();
  } finally {
    if (own) rmSync(policy, { force: true });
    release();
  }
}

/** Removes a service policy of ours that a killed install left behind: with it no package could start its service again. */
export async function removeLeftPolicy(root, say) {
  const policy = join(root, policyPath);
  if (!isOurs(policy)) return;
  // A policy of a running install is not left behind: the lock is free when that has ended.
  const release = await takeInstallLock(lockPath(root), "Debian packages", say);
  try {
    if (isOurs(policy)) rmSync(policy, { force: true });
  } finally {
    release();
  }
}

function lockPath(root) {
  return join(root, "run", "office-claws-packages.lock");
}

function isOurs(policy) {
  try {
    return readFileSync(policy, "utf8") === policyText;
  } catch {
    return false;
  }
}
