// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";

import ts from "typescript";

export const repositoryRoot = resolve(import.meta.dirname, "../..");

/** One source file and what it imports. Paths are relative to the repository's root, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Targets of relative imports. */
  readonly internal: readonly string[];
  /** Everything else as written: `node:fs`, `@pulumi/pulumi`. */
  readonly external: readonly string[];
  /** Targets that are imported for their types alone, by any number of import declarations. */
  readonly typeOnly: ReadonlySet<string>;
}

/** Reads every .ts and .mjs file of the named top-level folders. */
export async function readSources(folders: readonly string[]): Promise<SourceFile[]> {
  const listings = await Promise.all(
    folders.map((folder) => readdir(join(repositoryRoot, folder), { recursive: true, withFileTypes: true })),
  );
  const files = listings.flat().filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name));
  return Promise.all(files.map((file) => readSource(join(file.parentPath, file.name))));
}

async function readSource(file: string): Promise<SourceFile> {
  const text = await readFile(file, "utf8");
  const path = relative(repositoryRoot, file);
  const imports = importsOf(file, text);
  const resolveFrom = (specifier: string) => relative(repositoryRoot, resolve(dirname(file), specifier));
  const valueImports = new Set(imports.filter(({ typeOnly }) => !typeOnly).map(({ specifier }) => specifier));
  const names = [...new Set(imports.map(({ specifier }) => specifier))];
  return {
    path,
    text,
    internal: names.filter((name) => name.startsWith(".")).map(resolveFrom),
    external: names.filter((name) => !name.startsWith(".")),
    typeOnly: new Set(
      names.filter((name) => !valueImports.has(name)).map((name) => (name.startsWith(".") ? resolveFrom(name) : name)),
    ),
  };
}

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** Static imports, re-exports and dynamic `import("…")` calls. */
function importsOf(file: string, text: string): Import[] {
  const imports: Import[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push({ specifier: node.moduleSpecifier.text, typeOnly: isTypeOnly(node) });
    }
    if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push({ specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly });
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier && ts.isStringLiteral(specifier)) imports.push({ specifier: specifier.text, typeOnly: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return imports;
}

function isTypeOnly(declaration: ts.ImportDeclaration): boolean {
  const clause = declaration.importClause;
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  return (
    !clause.name &&
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.every((e) => e.isTypeOnly)
  );
}
