// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import type { Piece, Source } from "./sources.ts";
import { fileSource, pieceSize } from "./sources.ts";

/** Which processes to search. */
export interface ProcessChoice {
  /** @default all that run */
  readonly pids?: readonly number[];
  /** Also their memory, except that of the hunting process. @default false */
  readonly memory?: boolean;
  /** Whose memory is not searched, because the secret belongs there. @default none */
  readonly exceptMemoryOf?: readonly number[];
}

/** Environment, arguments and, if asked for, memory of processes, one source each. */
export function* processSources({ pids, memory = false, exceptMemoryOf = [] }: ProcessChoice): Generator<Source> {
  for (const pid of pids ?? runningPids()) {
    for (const name of ["environ", "cmdline"]) yield procSource(`/proc/${pid}/${name}`);
    const isSpared = pid === process.pid || exceptMemoryOf.includes(pid);
    if (memory && !isSpared) yield { place: `/proc/${pid}/mem`, pieces: () => readMemory(pid) };
  }
}

function runningPids(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Files in /proc claim to be regular and empty; they are small and read whole. */
function procSource(file: string): Source {
  return { ...fileSource(file), pieces: () => [{ start: 0, bytes: readFileSync(file) }] };
}

/** Readable areas of a process's memory from the text of `/proc/<pid>/maps`. */
export function parseMemoryAreas(text: string): readonly { readonly start: number; readonly end: number }[] {
  return text
    .split("\n")
    .map((line) => /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+\s*(.*)$/.exec(line))
    .filter((match) => match !== null)
    .filter(([, , , name = ""]) => !["[vvar]", "[vvar_vclock]", "[vsyscall]"].includes(name))
    .map(([, start = "", end = ""]) => ({ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) }));
}

function* readMemory(pid: number): Generator<Piece> {
  const areas = parseMemoryAreas(readFileSync(`/proc/${pid}/maps`, "utf8"));
  const descriptor = openSync(`/proc/${pid}/mem`, "r");
  const buffer = Buffer.allocUnsafe(pieceSize);
  try {
    for (const { start, end } of areas) {
      for (let position = start; position < end;) {
        const count = readArea(descriptor, buffer, { position, length: Math.min(pieceSize, end - position) });
        if (count === 0) break;
        yield { start: position, bytes: buffer.subarray(0, count) };
        position += count;
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

/** An area may be gone, or belong to a device that cannot be read: the rest still can. */
function readArea(descriptor: number, buffer: Buffer, area: { position: number; length: number }): number {
  try {
    return readSync(descriptor, buffer, 0, area.length, area.position);
  } catch {
    return 0;
  }
}
