#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// CommonJS and without packages on purpose: as an ES module this file would cost a tenth of the time that Node itself takes to start.
"use strict";
const { readFileSync, statSync } = require("node:fs");

/** The first version that runs .ts files without a flag. */
const needed = [22, 18];
const root = __dirname.slice(0, -"/cli".length);
/** The commands in the small bundle: those that are asked all day long, and cost nothing but their start. */
const QUICK = /^(?:(?:-h|--help|--version|help)$|(?:version|status|keys,list)(?:,|$))/;

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
  // Node writes a report of a crash when it is told to, and the environment holds credentials.
  process.report.excludeEnv = true;
  useCompileCache();
  const { runProcess } = loadBundle() ?? {};
  if (runProcess) void runProcess();
  else void import("./runProcess.ts").then((sources) => sources.runProcess());
}

function useCompileCache() {
  // Node's own default is a folder in /tmp, where another user could lay compiled code of theirs for us to run.
  const { CLAWS_CACHE, XDG_CACHE_HOME, HOME } = process.env;
  const cache =
    CLAWS_CACHE || (XDG_CACHE_HOME && `${XDG_CACHE_HOME}/office-claws`) || (HOME && `${HOME}/.cache/office-claws`);
  if (cache) require("node:module").enableCompileCache(`${cache}/compiled`);
}

/** The bundle's exports; undefined when there is none that fits the sources: then the sources themselves run. */
function loadBundle() {
  if (process.env.CLAWS_BUNDLE === "no") return undefined;
  const name = QUICK.test(process.argv.slice(2, 4).join()) ? "quick" : "claws";
  if (!isFresh(root, name)) return undefined;
  try {
    return require(`${root}/dist/${name}.cjs`);
  } catch (error) {
    // It only defines functions when it is loaded, so nothing has happened yet.
    if (isInstalled(root)) throw error;
    return undefined;
  }
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
