// SPDX-License-Identifier: Apache-2.0
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { AccountState } from "./state.ts";

const version = 1;
const mapMember = "$map";

/**
 * Reads an account's state; undefined when there is no file.
 * @throws Error when the file cannot be read or was not written by this version.
 */
export function readState(file: string): AccountState | undefined {
  const text = readText(file);
  if (text === undefined) return undefined;
  try {
    const saved = JSON.parse(text, reviveMap) as { readonly version?: unknown; readonly state?: unknown };
    if (saved.version !== version) throw new Error(`its version is not ${version}`);
    if (typeof saved.state !== "object" || saved.state === null) throw new Error("it holds no state");
    return saved.state as AccountState;
  } catch (error) {
    throw new Error(`cannot read state file "${file}": ${messageOf(error)}`, { cause: error });
  }
}

/** Writes an account's state: the file holds the old or the new state at any moment. It holds user data: mode 0600. */
export function writeState(file: string, state: AccountState): void {
  const temporary = `${file}.tmp`;
  const descriptor = openSync(temporary, "w", 0o600);
  try {
    writeFileSync(descriptor, JSON.stringify({ version, state }, replaceMap));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
  syncFolder(dirname(file));
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT") return undefined;
    throw new Error(`cannot read state file "${file}": ${messageOf(error)}`, { cause: error });
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function replaceMap(_name: string, value: unknown): unknown {
  return value instanceof Map ? { [mapMember]: [...value] } : value;
}

function reviveMap(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, mapMember)) return value;
  return new Map((value as { readonly [mapMember]: readonly [unknown, unknown][] })[mapMember]);
}

function messageOf(error: unknown): string {
  return String(error).replace(/^\w*Error: /, "");
}
