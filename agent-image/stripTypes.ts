// SPDX-License-Identifier: Apache-2.0
import { stripTypeScriptTypes } from "node:module";

// The specifier of an import of a file of ours, static or dynamic.
const IMPORT = /(\b(?:from|import)\s*\(?\s*"\.{1,2}\/[^"\n]*)\.ts"/g;
// An import of some exports of a module of Node's.
const BUILTIN = /^import \{([^{}]*)\} from ("node:[a-z/]+");$/gm;

/** The name under which a file is shipped: TypeScript becomes JavaScript, everything else keeps its name. */
export function shippedName(path: string): string {
  return path.replace(/\.ts$/, ".js");
}

/**
 * A TypeScript file as JavaScript, with every line where it was: types become blanks. The droplet's Node could read the types itself,
 * but would keep a compiler of some 30 MB in memory for it. Modules of Node's are fetched in place of imported: an import reads every
 * export, also those that load more, which the daemon would keep 1 MB for.
 * @throws Error when the file has syntax that is more than types
 */
export function stripTypes(source: string): string {
  return stripTypeScriptTypes(source).replaceAll(IMPORT, '$1.js"').replaceAll(BUILTIN, fetchBuiltin);
}

function fetchBuiltin(_line: string, names: string, module: string): string {
  return `const {${names.replaceAll(" as ", ": ")}} = process.getBuiltinModule(${module});`;
}
