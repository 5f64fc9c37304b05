// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { UserError } from "./errors.ts";
import { readProjectFile } from "./fileRead.ts";
import type { YamlPlaces } from "./yamlPlaces.ts";

const BYTE_ORDER_MARK = 0xfe_ff;

/** The file Pulumi.<stack>.yaml of a stack. */
export interface StackFile {
  readonly path: string;
  readonly places: YamlPlaces;
}

/** Its path, whether it exists or not. The name of a stack may have its organization and project in front. */
export function stackFilePath(configFolder: string, stackName: string): string {
  const file = join(configFolder, `Pulumi.${stackName.split("/").at(-1) ?? stackName}.yaml`);
  const short = file.replace(/yaml$/, "yml");
  return !existsSync(file) && existsSync(short) ? short : file;
}

/**
 * Reads a stack's file before the engine does, which reads it without limits and without places.
 *
 * @returns undefined when there is none.
 * @throws UserError (exit 2) with line and column of the first thing that is wrong; what stands there is not shown.
 */
export async function readStackFile(path: string): Promise<StackFile | undefined> {
  const bytes = readProjectFile(path, "configuration file");
  if (bytes === undefined) return undefined;
  const { readYamlPlaces, YamlProblem } = await import("./yamlPlaces.ts");
  const text = decode(path, bytes);
  try {
    return { path, places: readYamlPlaces(text) };
  } catch (error) {
    if (error instanceof YamlProblem) throw wrongAt(path, error.place, error.message);
    throw error;
  }
}

function decode(path: string, bytes: Buffer): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw wrongAt(path, placeIn(lossless(bytes), "\ufffd"), "it is not UTF-8");
  }
  // One at the start is how some editors mark UTF-8, and the engine takes it.
  const body = text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
  const mark = String.fromCharCode(BYTE_ORDER_MARK);
  if (body.includes(mark)) throw wrongAt(path, placeIn(body, mark), "a byte order mark stands in the middle");
  if (body.includes("\0")) throw wrongAt(path, placeIn(body, "\0"), "a zero byte stands there");
  return body;
}

/** The text up to the first byte that is no UTF-8, which becomes U+FFFD. */
function lossless(bytes: Buffer): string {
  return bytes.toString("utf8");
}

function placeIn(text: string, part: string): { readonly line: number; readonly column: number } {
  const before = text.slice(0, Math.max(0, text.indexOf(part))).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function wrongAt(path: string, { line, column }: { line: number; column: number }, rule: string): UserError {
  return new UserError(`cannot read "${path}": line ${line}, column ${column}: ${rule}`, [
    `correct ${basename(path)}; nothing was changed`,
  ]);
}
