// SPDX-License-Identifier: Apache-2.0
import { fstatSync, writeSync } from "node:fs";
import { codeOf } from "./errors.ts";
import type { Streams } from "./terminal.ts";

type Output = Streams["stderr"];

/** Streams that know whether all that was said is out. */
export interface QuickStreams extends Streams {
  /** Settles once nothing waits in this process, or the reader is gone: what waits when a process exits is lost. */
  readonly flush: () => Promise<void>;
}

/**
 * The standard streams of a process, where writing to a pipe or a file goes straight to the system: making a stream object takes Node
 * as long as all of `claws --help`. A terminal, and a pipe that is full and does not wait, get Node's own stream.
 */
export function quickStreams(streams: Streams): QuickStreams {
  const outputs: { stdout?: Output; stderr?: Output } = {};
  // What Node is told to trace it writes to a stream of its own.
  const slow = new Set<Output>(process.env["NODE_DEBUG"] ? [streams.stderr] : []);
  const useSlow = (name: "stdout" | "stderr") => (): Output => {
    slow.add(streams[name]);
    return streams[name];
  };
  return {
    get stdin() {
      return streams.stdin;
    },
    get stdout() {
      return (outputs.stdout ??= quickOutput(1, useSlow("stdout")));
    },
    get stderr() {
      return (outputs.stderr ??= quickOutput(2, useSlow("stderr")));
    },
    async flush() {
      await Promise.all(Array.from(slow, flushStream));
    },
  };
}

function flushStream(stream: Output): Promise<void> {
  return new Promise((resolve) => void stream.write("", () => resolve()));
}

function quickOutput(file: 1 | 2, stream: () => Output): Output {
  if (!isPlain(file)) return stream();
  let onError: (error: unknown) => void = () => undefined;
  let slow: Output | undefined;
  const write = (text: string): boolean => {
    if (slow !== undefined) return slow.write(text);
    const rest = writeAtOnce(file, Buffer.from(text, "utf8"), onError);
    if (rest.length === 0) return true;
    slow = stream().on("error", onError);
    return slow.write(rest);
  };
  const output = {
    isTTY: false,
    write,
    on: (event: string, listener: (error: unknown) => void) => {
      if (event === "error") onError = listener;
      return output;
    },
  };
  return output as unknown as Output;
}

/** Whether the descriptor is a pipe, a socket or a file; a closed one is left to Node. */
function isPlain(file: number): boolean {
  try {
    return process.platform !== "win32" && !fstatSync(file).isCharacterDevice();
  } catch {
    return false;
  }
}

/** @returns what a full pipe did not take */
function writeAtOnce(file: number, bytes: Buffer, onError: (error: unknown) => void): Buffer {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(file, rest));
    } catch (error) {
      if (codeOf(error) === "EAGAIN") return rest;
      if (codeOf(error) === "EINTR") continue;
      onError(error);
      break;
    }
  }
  return rest.subarray(rest.length);
}
