#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Plain JavaScript on purpose: a TypeScript entry file costs as much time as starting Node, because the cache below cannot hold it.
import { enableCompileCache } from "node:module";

// Node's own default is a folder in /tmp, where another user could lay compiled code of theirs for us to run.
const { CLAWS_CACHE, XDG_CACHE_HOME, HOME } = process.env;
const cache =
  CLAWS_CACHE || (XDG_CACHE_HOME && `${XDG_CACHE_HOME}/office-claws`) || (HOME && `${HOME}/.cache/office-claws`);
if (cache) enableCompileCache(`${cache}/compiled`);

const { runProcess } = await import("./runProcess.ts");
await runProcess();
