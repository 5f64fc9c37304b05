#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// CommonJS and without packages on purpose: as an ES module this file would cost a tenth of the time that Node itself takes to start.
"use strict";
const { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } = require("node:fs");

/** The first version that runs .ts files without a flag. */
const needed = [22, 18];
const root = __dirname.slice(0, -"/cli".length);
/** The commands in small bundles: those that are asked all day long, and cost nothing but their start. */
const QUICK = /^(?:(?:-h|--help|--version|help)$|(?:version|status)(?:,|$))/;
const LIST = /^keys,list(?:,|$)/;

/** What Node may be asked to trace: any other part would print the environment of programs, or headers, with what is secret in them. */
const TRACEABLE = /^(?:(?:esm|module|fs|timer)(?:,|$))*$/i;

function start() {
  const obstacle = findObstacle();
  if (obstacle === undefined) return run();
  for (const line of obstacle) console.error(`claws: ${line}`);
  process.exitCode = 2;
}

/** Why nothing can run here, as an error and a hint. */
function findObstacle() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < needed[0] || (major === needed[0] && minor < needed[1]))
    return [
      `error: Node ${process.versions.node} is too old: claws needs ${needed.join(".")} or newer`,
      "hint: npm run -s claws -- COMMAND brings the right one",
    ];
  if (TRACEABLE.test(process.env.NODE_DEBUG ?? "")) return undefined;
  return [
    "error: with this NODE_DEBUG, Node would print tokens and passphrases",
    "hint: unset it, or trace only esm, module, fs and timer",
  ];
}

function run() {
  const { execArgv, env } = process;
  // Node writes a report of a crash when it is told to, and the environment holds credentials.
  if (execArgv.length > 0 || env.NODE_OPTIONS) process.report.excludeEnv = true;
  lookOnlyInOwnPlaces(env);
  const { runProcess } = loadBundle() ?? {};
  if (runProcess) return void runProcess();
  useCompileCache();
  void import("./runProcess.ts").then((sources) => sources.runProcess());
}

/** Programs that are run in a project's folder must not be looked for there: a clone may have brought its own git, ssh or pulumi. */
function lookOnlyInOwnPlaces(env) {
  // Windows does so first, whatever the PATH is; elsewhere an empty or relative part of the PATH means that folder.
  if (process.platform === "win32") env.NoDefaultCurrentDirectoryInExePath = "1";
  else if (env.PATH !== undefined && /(?:^|:)(?!\/)/.test(env.PATH))
    env.PATH =
      env.PATH.split(":")
        .filter((part) => part.startsWith("/"))
        .join(":") || "/usr/bin:/bin";
}

/** The bundle's exports; undefined when there is none that fits the sources: then the sources themselves run. */
function loadBundle() {
  if (process.env.CLAWS_BUNDLE === "no") return undefined;
  const words = process.argv.slice(2, 4).join();
  const name = LIST.test(words) ? "list" : QUICK.test(words) ? "quick" : "claws";
  if (!isFresh(root, name)) return undefined;
  try {
    if (name === "list") return loadWithCode(`${root}/dist/list.cjs`);
    useCompileCache();
    return require(`${root}/dist/${name}.cjs`);
  } catch (error) {
    // It only defines functions when it is loaded, so nothing has happened yet.
    if (isInstalled(root)) throw error;
    return undefined;
  }
}

function useCompileCache() {
  const folder = cacheFolder();
  if (folder) require("node:module").enableCompileCache(folder);
}

/** Where compiled code is kept. Node's own default is a folder in /tmp, where another user could lay code of theirs for us to run. */
function cacheFolder() {
  const { CLAWS_CACHE, XDG_CACHE_HOME, HOME } = process.env;
  const cache =
    CLAWS_CACHE || (XDG_CACHE_HOME && `${XDG_CACHE_HOME}/office-claws`) || (HOME && `${HOME}/.cache/office-claws`);
  return cache && isOwnFolder(`${cache}/compiled`) ? `${cache}/compiled` : undefined;
}

/** What is compiled is run unseen: not from the folder where a person happens to be, and not when others may have written it. */
function isOwnFolder(path) {
  if (!/^(?:[\\/]|[A-Za-z]:[\\/])/.test(path)) return false;
  const there = statSync(path, { throwIfNoEntry: false });
  return !there || !process.getuid || (there.uid === process.getuid() && (there.mode & 0o002) === 0);
}

/**
 * Runs a bundle as `require` does, with what V8 made of the functions that such a run calls: Node's compile cache holds only those that
 * run while a file is loaded, and compiling the others takes longer than running them.
 */
function loadWithCode(file) {
  const { Script } = require("node:vm");
  const folder = cacheFolder();
  const place = folder && `${folder}/${file.replace(/\W+/g, "_").slice(-200)}`;
  const kept = place && readCode(place, file);
  const script = new Script(readFileSync(file, "utf8"), { filename: file, cachedData: kept });
  if (place && (!kept || script.cachedDataRejected))
    process.once("exit", (code) => code === 0 && keepCode(place, file, script.createCachedData()));
  const made = { exports: {} };
  script.runInThisContext()(made.exports, requirePackage, made, `${root}/dist`);
  return made.exports;
}

function requirePackage(name) {
  if (!name.startsWith("node:")) useCompileCache();
  return require(name);
}

/** V8 believes whatever it is given: so it gets what is whole, and made by this Node from this very bundle. */
function readCode(place, file) {
  try {
    const bytes = readFileSync(place);
    const code = bytes.subarray(32);
    return digestOf(file, code).equals(bytes.subarray(0, 32)) ? code : undefined;
  } catch {
    return undefined;
  }
}

function keepCode(place, file, code) {
  try {
    mkdirSync(cacheFolder(), { recursive: true, mode: 0o700 });
    const temporary = `${place}.${process.pid}`;
    writeFileSync(temporary, Buffer.concat([digestOf(file, code), code]), { mode: 0o600, flush: true });
    renameSync(temporary, place);
  } catch {
    // Only slower: a disk may be full, a home read-only.
  }
}

function digestOf(file, code) {
  const { size, mtimeMs } = statSync(file);
  const hash = require("node:crypto").createHash("sha256");
  return hash
    .update(`${[process.version, process.arch, size, mtimeMs]}\n`)
    .update(code)
    .digest();
}

/**
 * Whether a bundle and every file that it was made of are as they were when it was made: sizes and times of change, because hashes
 * would take longer than the bundle saves. An installed package has no sources that could have changed.
 */
function isFresh(folder, name) {
  try {
    if (isInstalled(folder)) return true;
    const files = JSON.parse(readFileSync(`${folder}/dist/${name}.json`, "utf8"));
    for (const file in files) {
      const { size, mtimeMs } = statSync(`${folder}/${file}`);
      if (files[file][0] !== size || files[file][1] !== mtimeMs) return false;
    }
    return `dist/${name}.cjs` in files;
  } catch {
    return false;
  }
}

function isInstalled(folder) {
  return /[\\/]node_modules[\\/]/.test(folder);
}

if (require.main === module) start();
else module.exports = { isFresh };
