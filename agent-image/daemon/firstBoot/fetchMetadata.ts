// SPDX-License-Identifier: Apache-2.0
import { request, type IncomingMessage } from "node:http";

/** How to reach the metadata service. */
export interface MetadataOptions {
  /** Address of the document. */
  readonly url: string;
  /** How often it is asked before giving up, at least once. */
  readonly attempts: number;
  /** Milliseconds that one answer may take, from connecting to its last byte. */
  readonly timeout: number;
  /** Waits before the next attempt; gets the number of failed attempts so far. */
  readonly pause: (failures: number) => Promise<void>;
}

/** Longest document in bytes that is read to its end. DigitalOcean allows no longer user-data. */
export const MAX_METADATA_BYTES = 64 * 1024;

/**
 * Fetches a document of the metadata service, as often as the options allow: early in a boot the network may not be there yet. Of a
 * document that is too long it gives the first bytes, more than MAX_METADATA_BYTES, for the parser to refuse: trying again is no help.
 *
 * @throws Error with the cause of the last failure. No message holds any of the answer.
 */
export async function fetchMetadata(options: MetadataOptions): Promise<Buffer> {
  for (let failures = 1; ; failures++) {
    try {
      return await fetchOnce(options);
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      if (failures >= options.attempts) {
        throw new Error(`cannot read the metadata after ${failures} attempts: ${cause}`, { cause: error });
      }
      await options.pause(failures);
    }
  }
}

async function fetchOnce({ url, timeout }: MetadataOptions): Promise<Buffer> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(url, { agent: false, signal }, resolve).on("error", reject).end();
    });
    return await readAnswer(answer);
  } catch (error) {
    if (signal.aborted) throw new Error("the metadata service did not answer in time", { cause: error });
    throw error;
  }
}

async function readAnswer(answer: IncomingMessage): Promise<Buffer> {
  if (answer.statusCode !== 200) {
    answer.destroy();
    throw new Error(`the metadata service answered ${answer.statusCode ?? "nothing"}`);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > MAX_METADATA_BYTES) break;
  }
  return Buffer.concat(chunks);
}
