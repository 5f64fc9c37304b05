// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { takeInstallLock } from "./installLock.mjs";

/** First Node that runs TypeScript files and has all that this repository uses. */
const oldestNode = [24, 16];

/**
 * Installs the npm packages when they are missing or package-lock.json changed since. The stamp inside node_modules is
 * written last and vanishes with a half-finished install, so such an install is done again.
 */
export async function ensureNodePackages(root) {
  if (isInstalled(root)) return;
  const release = await takeInstallLock(join(root, ".claws", "install.lock"));
  try {
    if (isInstalled(root)) return;
    if (!isInstalledByHand(root)) await install(root);
    writeStamp(root);
  } finally {
    release();
  }
}

/** Path of a Node that can run this repository: the one from npm, else the running one when it is new enough. */
export function findNode(root) {
  const packaged = join(root, "node_modules", ".bin", "node");
  if (existsSync(packaged)) return packaged;
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return process.execPath;
  throw new Error(`cannot run on Node ${process.versions.node}: install Node ${oldestNode.join(".")} or newer`);
}

function isInstalled(root) {
  try {
    return readFileSync(stampFile(root), "utf8") === stampText(root);
  } catch {
    return false;
  }
}

/** True when npm's own record of a finished install holds just what package-lock.json asks for. */
function isInstalledByHand(root) {
  try {
    const wanted = readPackages(join(root, "package-lock.json"));
    const present = readPackages(join(root, "node_modules", ".package-lock.json"));
    const same = ([path, { version }]) => present.get(path)?.version === version;
    const known = [...present].every(([path, { version }]) => wanted.get(path)?.version === version);
    return known && [...wanted].every((entry) => entry[1].optional === true || same(entry));
  } catch {
    return false;
  }
}

function readPackages(file) {
  const { packages } = JSON.parse(readFileSync(file, "utf8"));
  return new Map(Object.entries(packages).filter(([path]) => path !== ""));
}

async function install(root) {
  process.stderr.write("bootstrap: installing npm packages (about half a minute) ...\n");
  const npm = process.env.npm_execpath;
  const [file, ...first] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  const args = [...first, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const ending = await new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: ["ignore", process.stderr, process.stderr] });
    child.on("error", (error) => resolve(error.message));
    child.on("close", (status, signal) => resolve(status === 0 ? undefined : (signal ?? `status ${status}`)));
  });
  if (ending !== undefined) throw new Error(`cannot install the npm packages: npm ci ended with ${ending}`);
}

function writeStamp(root) {
  const temporary = `${stampFile(root)}.${process.pid}`;
  const file = openSync(temporary, "w", 0o644);
  writeSync(file, stampText(root));
  fsyncSync(file);
  closeSync(file);
  renameSync(temporary, stampFile(root));
}

function stampFile(root) {
  return join(root, "node_modules", ".office-claws-stamp");
}

function stampText(root) {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  return `${lock} ${process.platform} ${process.arch}\n`;
}
