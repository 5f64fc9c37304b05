// SPDX-License-Identifier: Apache-2.0
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  opendirSync,
  readlinkSync,
  readSync,
  statfsSync,
} from "node:fs";
import path from "node:path";

/** Something to search through, piece by piece. */
export interface Source {
  /** What findings call it. */
  readonly place: string;
  /** Opens it; a piece is valid until the next one, of whatever source, is read. May throw at any point: then it is unreadable. */
  readonly pieces: () => Iterable<Piece>;
}

/** A piece of a source. A new `start` that does not follow the piece before begins a new text. */
export interface Piece {
  readonly start: number;
  readonly bytes: Buffer;
}

/** Bytes read at once. */
export const pieceSize = 1024 * 1024;
/** Each piece is searched before the next is read, and most files are small: a buffer for each would cost more than reading them. */
const shared = Buffer.allocUnsafeSlow(pieceSize);
/** Filesystems of the kernel's own making, in which reading may never end: proc and sysfs. */
const kernelFilesystems: readonly number[] = [0x9fa0, 0x62656572];

/** A text that is in memory already, for example what a command printed. */
export function textSource(place: string, text: string): Source {
  return { place, pieces: () => [{ start: 0, bytes: Buffer.from(text, "utf8") }] };
}

/** A regular file; anything else has no bytes of its own. */
export function fileSource(file: string): Source {
  return { place: file, pieces: () => readPieces(file) };
}

/**
 * Everything below a folder: regular files, names, and where symbolic links point to, which are not followed. Devices, pipes and sockets are skipped, as is
 * what the kernel makes up (proc, sysfs).
 */
export function* folderSources(folder: string): Generator<Source> {
  const directory = opendirSync(folder);
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      const file = path.join(folder, entry.name);
      yield textSource(path.join(folder, "(name of an entry)"), entry.name);
      if (entry.isDirectory()) yield* subfolderSources(file);
      else if (entry.isFile()) yield fileSource(file);
      else if (entry.isSymbolicLink()) yield { place: `${file} (target)`, pieces: () => readTarget(file) };
    }
  } finally {
    directory.closeSync();
  }
}

function* subfolderSources(folder: string): Generator<Source> {
  try {
    if (!kernelFilesystems.includes(statfsSync(folder).type)) yield* folderSources(folder);
  } catch (error) {
    yield unreadable(folder, error);
  }
}

function unreadable(place: string, error: unknown): Source {
  const pieces = (): never => {
    throw error;
  };
  return { place, pieces };
}

function readTarget(file: string): readonly Piece[] {
  return [{ start: 0, bytes: readlinkSync(file, { encoding: "buffer" }) }];
}

function* readPieces(file: string): Generator<Piece> {
  if (!lstatSync(file).isFile()) return;
  // Between the look and the opening it may have become something else: no link is followed, and no pipe is waited for.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(descriptor).isFile()) return;
    for (let start = 0; ;) {
      const count = readSync(descriptor, shared, 0, pieceSize, start);
      if (count === 0) return;
      yield { start, bytes: shared.subarray(0, count) };
      start += count;
    }
  } finally {
    closeSync(descriptor);
  }
}
