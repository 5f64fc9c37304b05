// SPDX-License-Identifier: Apache-2.0

/** Where the toolchain says what it is doing. Nothing here is data: it all goes to standard error. */
export interface Progress {
  /** Prints a line that stays. */
  step(text: string): void;
  /** Shows a passing state, such as bytes or seconds: rewritten in place on a terminal, thinned out elsewhere. */
  update(text: string): void;
}

/** What a progress reporter needs from its surroundings. */
export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** True when a line can be rewritten in place. */
  readonly isTerminal: boolean;
  /** Milliseconds of a clock that never runs backwards. */
  readonly now?: () => number;
  /** Shortest time in milliseconds between two passing lines when there is no terminal. @default 60000 */
  readonly quietMilliseconds?: number;
}

const prefix = "toolchain: ";

/** Creates a reporter for a terminal (one line, rewritten) or for a log (plain lines, few of them). */
export function createProgress(options: ProgressOptions): Progress {
  return options.isTerminal ? terminalProgress(options.write) : plainProgress(options);
}

/** Creates the reporter of this process, on standard error. */
export function standardProgress(): Progress {
  return createProgress({
    write: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY && process.env["TERM"] !== "dumb",
  });
}

/** A duration in words, for people: "45 s", "3 min 20 s". */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A size in MB (1 MB = 10^6 bytes) with its share of the whole when that is known: "12.0 of 48.0 MB (25 %)". */
export function formatBytes(bytes: number, total: number | undefined): string {
  const megabytes = (value: number): string => (value / 1e6).toFixed(1);
  if (total === undefined || total === 0) return `${megabytes(bytes)} MB`;
  return `${megabytes(bytes)} of ${megabytes(total)} MB (${Math.floor((100 * bytes) / total)} %)`;
}

function terminalProgress(write: (text: string) => void): Progress {
  let passing = false;
  const clear = (): string => (passing ? "\r\u001b[K" : "");
  return {
    step(text) {
      write(`${clear()}${prefix}${text}\n`);
      passing = false;
    },
    update(text) {
      write(`${clear()}${prefix}${text}`);
      passing = true;
    },
  };
}

function plainProgress({
  write,
  now = () => performance.now(),
  quietMilliseconds = 60_000,
}: ProgressOptions): Progress {
  let last = now();
  const print = (text: string): void => {
    last = now();
    write(`${prefix}${text}\n`);
  };
  return {
    step: print,
    update(text) {
      if (now() - last >= quietMilliseconds) print(text);
    },
  };
}
