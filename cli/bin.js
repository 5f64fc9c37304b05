#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Plain JavaScript on purpose: a TypeScript entry file costs as much time as starting Node, because the cache below cannot hold it.
import * as nodeModule from "node:module";

/** The first version that runs .ts files without a flag. */
const needed = [22, 18];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  console.error(`claws: error: Node ${process.versions.node} is too old: claws needs ${needed.join(".")} or newer`);
  console.error("claws: hint: npm run -s claws -- COMMAND brings the right one");
  process.exitCode = 2;
} else {
  // Node's own default is a folder in /tmp, where another user could lay compiled code of theirs for us to run.
  const { CLAWS_CACHE, XDG_CACHE_HOME, HOME } = process.env;
  const cache =
    CLAWS_CACHE || (XDG_CACHE_HOME && `${XDG_CACHE_HOME}/office-claws`) || (HOME && `${HOME}/.cache/office-claws`);
  if (cache) nodeModule.enableCompileCache(`${cache}/compiled`);

  const { runProcess } = await import("./runProcess.ts");
  await runProcess();
}
