// SPDX-License-Identifier: Apache-2.0
import { isUtf8 } from "node:buffer";
import type { ReadStream } from "node:tty";
import { isKeyValue } from "../protocol/keyValue.ts";
import { Sensitive } from "../protocol/sensitive.ts";
import { Interrupted, UserError } from "./errors.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

const LIMIT = 64 * 1024;
const ENTER = 0x0d;
const NEWLINE = 0x0a;
const CONTROL_C = 0x03;
const CONTROL_D = 0x04;
const CONTROL_U = 0x15;
const BACKSPACES: readonly number[] = [0x08, 0x7f];

/** What a secret must be, and how it is called. */
export interface SecretRule {
  readonly noun: string;
  readonly accepts: (value: Sensitive) => boolean;
  /** Completes "the key". */
  readonly rule: string;
  /** The line to type. */
  readonly usage: string;
}

const keyRule: SecretRule = {
  noun: "key",
  accepts: isKeyValue,
  rule: "must be 1 to 4096 printable ASCII characters without spaces, on one line",
  usage: "claws keys set NAME --agent AGENT < FILE",
};

/**
 * Reads a provider key, or what `rule` says: from a prompt without echo when a person sits there, else all of stdin without its last line break.
 *
 * @throws UserError when it is empty or no possible key; the value is never shown.
 */
export async function readSecret(
  prompt: string,
  input: NodeJS.ReadStream,
  terminal: Terminal,
  rule: SecretRule = keyRule,
): Promise<Sensitive> {
  if (input.isTTY && !terminal.canAsk) {
    throw new UserError(
      `cannot ask for the ${rule.noun}: this is no place for a question (CI is set, or stderr is no terminal)`,
      [`pipe the ${rule.noun} to the command`],
    );
  }
  const bytes = input.isTTY ? await readWithoutEcho(prompt, input, terminal) : await readAll(input, rule);
  return takeSecret(bytes, rule);
}

/** Makes the secret of what was typed or piped, without its last line break, and wipes that. */
function takeSecret(bytes: Buffer, { noun, accepts, rule, usage }: SecretRule): Sensitive {
  const end = bytes.at(-1) === NEWLINE ? (bytes.at(-2) === ENTER ? -2 : -1) : bytes.length;
  const isText = isUtf8(bytes);
  const value = Sensitive.from(bytes.subarray(0, end));
  bytes.fill(0);
  if (value.byteLength === 0) throw new UserError(`the ${noun} is empty`, [`pipe it to the command: ${usage}`]);
  if (!isText || !accepts(value)) throw new UserError(`the ${noun} ${rule}`);
  return value;
}

async function readAll(input: NodeJS.ReadStream, { noun, rule }: SecretRule): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LIMIT) throw new UserError(`the ${noun} ${rule}`);
  }
  const all = Buffer.concat(chunks);
  for (const chunk of chunks) chunk.fill(0);
  return all;
}

/** Shows the prompt and reads a line that is not shown. The input is not used afterwards. @throws Interrupted on Ctrl-C */
export async function readWithoutEcho(prompt: string, input: ReadStream, terminal: Terminal): Promise<Buffer> {
  // Before the prompt: whoever types as soon as it shows must not be echoed.
  input.setRawMode(true);
  terminal.draw(printable(`${prompt} (not shown): `));
  const line: number[] = [];
  try {
    for await (const chunk of input.iterator({ destroyOnReturn: true }) as AsyncIterable<Buffer>) {
      for (const byte of chunk) if (takeByte(line, byte)) return Buffer.from(line);
      if (line.length > LIMIT) break;
    }
    return Buffer.from(line);
  } finally {
    input.setRawMode(false);
    terminal.draw("\n");
    line.fill(0);
  }
}

/** @returns whether the line is complete. */
function takeByte(line: number[], byte: number): boolean {
  // In raw mode the terminal sends no signal for Ctrl-C.
  if (byte === CONTROL_C) throw new Interrupted("nothing was changed");
  if (byte === ENTER || byte === NEWLINE || byte === CONTROL_D) return true;
  if (byte === CONTROL_U) line.length = 0;
  else if (BACKSPACES.includes(byte)) eraseCharacter(line);
  else line.push(byte);
  return false;
}

/** All bytes of the last one: half a letter would be another secret than the one that was meant. */
function eraseCharacter(line: number[]): void {
  let byte = line.pop();
  while (byte !== undefined && (byte & 0xc0) === 0x80) byte = line.pop();
}
