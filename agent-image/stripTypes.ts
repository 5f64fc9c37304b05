// SPDX-License-Identifier: Apache-2.0
import { stripTypeScriptTypes } from "node:module";

// The specifier of an import of a file of ours, static or dynamic.
const IMPORT = /(\b(?:from|import)\s*\(?\s*"\.{1,2}\/[^"\n]*)\.ts"/g;

/** The name under which a file is shipped: TypeScript becomes JavaScript, everything else keeps its name. */
export function shippedName(path: string): string {
  return path.replace(/\.ts$/, ".js");
}

/**
 * A TypeScript file as JavaScript, with every line and column where it was: types become blanks. The droplet's Node could read the
 * types itself, but would keep a compiler of some 30 MB in memory for it.
 * @throws Error when the file has syntax that is more than types
 */
export function stripTypes(source: string): string {
  return stripTypeScriptTypes(source).replaceAll(IMPORT, '$1.js"');
}
