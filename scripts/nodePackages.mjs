// SPDX-License-Identifier: Apache-2.0
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { takeInstallLock } from "./installLock.mjs";

/** First Node that runs TypeScript files and has all that this repository uses. */
const oldestNode = [24, 16];

/**
 * Installs the npm packages when they are missing or package-lock.json changed since. The stamp inside node_modules is
 * removed before an install and written after it, so a half-finished install is done again.
 */
export async function ensureNodePackages(root) {
  if (isInstalled(root)) return;
  const release = await takeInstallLock(join(root, ".claws", "install.lock"), "npm packages", tell);
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
    const present = readPackages(npmRecord(root));
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
  tell("installing npm packages (about half a minute) ...");
  // Else an old lock file that comes back after a killed install would find its marks among packages half removed.
  for (const mark of [stampFile(root), npmRecord(root)]) rmSync(mark, { force: true });
  const npm = process.env.npm_execpath;
  const [file, ...first] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  const npmArgs = [...first, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const [program, ...args] = endingWithUs([file, ...npmArgs]);
  const ending = await new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "ignore", process.stderr] });
    child.on("error", (error) => resolve(error.message));
    child.on("close", (status, signal) => resolve(status === 0 ? undefined : (signal ?? `status ${status}`)));
  });
  if (ending !== undefined) throw new Error(`cannot install the npm packages: npm ci ended with ${ending}`);
}

/** An npm that outlived a killed bootstrap would work on the same folder as that of the next one. */
function endingWithUs(command) {
  const has = process.platform === "linux" && spawnSync("setpriv", ["--version"], { stdio: "ignore" }).status === 0;
  return has ? ["setpriv", "--pdeathsig", "KILL", ...command] : command;
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

/** Where npm writes what it installed, at the end of an install. */
function npmRecord(root) {
  return join(root, "node_modules", ".package-lock.json");
}

function stampText(root) {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  return `${lock} ${process.platform} ${process.arch}\n`;
}

function tell(text) {
  process.stderr.write(`bootstrap: ${text}\n`);
}
