// SPDX-License-Identifier: Apache-2.0

/** One line of the journal. Keys, prompts and answers never become part of one. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string };

/** Writes log lines. */
export type Log = (line: LogLine) => void;

/** Writes all of the bytes, and resolves or rejects when that is over. */
export type WriteBytes = (bytes: Buffer) => Promise<void>;

const MOST_WAITING = 1000;

/**
 * A log that never makes the daemon wait: lines queue while the journal blocks, and beyond 1000 they are dropped and counted in the
 * next line that gets through. A journal that fails is ignored.
 */
export function createLog(write: WriteBytes): Log {
  const waiting: LogLine[] = [];
  let dropped = 0;
  let isWriting = false;

  const drain = async (): Promise<void> => {
    isWriting = true;
    for (let line = waiting.shift(); line !== undefined; line = waiting.shift()) {
      const noted = dropped === 0 ? line : { ...line, droppedLinesBefore: dropped };
      dropped = 0;
      await write(Buffer.from(`${JSON.stringify(noted)}\n`)).catch(() => undefined);
    }
    isWriting = false;
  };

  return (line) => {
    if (waiting.length >= MOST_WAITING) dropped += 1;
    else waiting.push(line);
    if (!isWriting) void drain();
  };
}
