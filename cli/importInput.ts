// SPDX-License-Identifier: Apache-2.0
import { UserError } from "./errors.ts";

const LIMIT = 1024 * 1024;

/** Reads all of stdin. @throws UserError when a person sits there, or when it is too long */
export async function readInput(input: NodeJS.ReadStream): Promise<Buffer> {
  if (input.isTTY)
    throw new UserError("nothing to import: stdin is a terminal", [
      "pipe the text to the command: claws vault import --agent AGENT < .env",
    ]);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LIMIT) throw new UserError(`cannot import more than ${LIMIT} bytes`);
  }
  const all = Buffer.concat(chunks);
  for (const chunk of chunks) chunk.fill(0);
  return all;
}
