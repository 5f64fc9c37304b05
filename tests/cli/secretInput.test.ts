// SPDX-License-Identifier: Apache-2.0
import type { ReadStream } from "node:tty";
import { readWithoutEcho } from "../../cli/secretInput.ts";
import type { Terminal } from "../../cli/terminal.ts";

const terminal = { draw: () => undefined } as unknown as Terminal;

/** A terminal that gives these bytes, one at a time. */
function typing(text: string): ReadStream {
  async function* bytes(): AsyncGenerator<Buffer> {
    for (const byte of Buffer.from(text)) yield await Promise.resolve(Buffer.from([byte]));
  }
  return { setRawMode: () => undefined, iterator: bytes } as unknown as ReadStream;
}

describe("a line that is not shown", () => {
  it.each([
    ["abc\r", "abc"],
    ["abx\u007fc\n", "abc"],
    ["pä\u007fass\r", "pass"],
    ["p€\bass\r", "pass"],
    ["😀\u007f\u007fx\r", "x"],
    ["wrong\u0015right\u0004", "right"],
  ])("%j is %j: what is rubbed out goes letter by letter, not by halves", async (typed, line) => {
    expect((await readWithoutEcho("passphrase", typing(typed), terminal)).toString()).toBe(line);
  });

  it("shows a prompt without the control characters that a path in it may have", async () => {
    const drawn: string[] = [];
    const screen = { draw: (text: string) => void drawn.push(text) } as unknown as Terminal;
    await readWithoutEcho('passphrase of the vault "\u001b]0;gone\u0007.age"', typing("x\r"), screen);
    expect(drawn).toEqual(['passphrase of the vault "\ufffd]0;gone\ufffd.age" (not shown): ', "\n"]);
  });
});
