// SPDX-License-Identifier: Apache-2.0
import { request } from "node:http";
import { MAX_USER_DATA_BYTES } from "./userData.ts";

/** How to reach the metadata service. */
export interface MetadataOptions {
  /** Address of the user-data. */
  readonly url: string;
  /** How often it is asked before giving up, at least once. */
  readonly attempts: number;
  /** Milliseconds that one answer may take, from connecting to its last byte. */
  readonly timeout: number;
  /** Waits before the next attempt; gets the number of failed attempts so far. */
  readonly pause: (failures: number) => Promise<void>;
}

/**
 * Fetches the user-data of this droplet, as often as the options allow: early in a boot the network may not be there yet.
 *
 * @throws Error with the cause of the last failure. No message holds any of the answer.
 */
export async function fetchUserData(options: MetadataOptions): Promise<Buffer> {
  for (let failures = 1; ; failures++) {
    try {
      return await fetchOnce(options);
    } catch (error) {
      const cause = error instanceof Error ? error.message : "unknown error";
      if (failures >= options.attempts) {
        throw new Error(`cannot read the user-data after ${failures} attempts: ${cause}`, { cause: error });
      }
      await options.pause(failures);
    }
  }
}

function fetchOnce({ url, timeout }: MetadataOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeout);
    const call = request(url, { agent: false, signal }, (answer) => {
      if (answer.statusCode !== 200) {
        answer.destroy();
        reject(new Error(`the metadata service answered ${answer.statusCode ?? "nothing"}`));
        return;
      }
      const chunks: Buffer[] = [];
      let length = 0;
      answer.on("data", (chunk: Buffer) => {
        length += chunk.length;
        if (length > MAX_USER_DATA_BYTES) answer.destroy(new Error("the user-data is too long"));
        else chunks.push(chunk);
      });
      answer.on("error", reject);
      answer.on("end", () => resolve(Buffer.concat(chunks)));
    });
    call.on("error", (error) =>
      reject(signal.aborted ? new Error("the metadata service did not answer in time") : error),
    );
    call.end();
  });
}
