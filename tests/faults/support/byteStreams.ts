// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { FakeUpstream } from "../../support/fakeUpstream.ts";

/** The provider's side of a stream: which key it came with, and where to write. */
export interface ServedStream {
  readonly key: string;
  /** What the workload named in its request's body. */
  readonly name: string;
  readonly response: ServerResponse;
}

/** Bytes that are different for each stream and each part, and the same each time. */
export function partOf(stream: string, part: number, length: number): string {
  const block = createHash("sha512").update(`${stream} ${part}`).digest("hex");
  return block.repeat(Math.ceil(length / block.length)).slice(0, length);
}

/** Makes the provider begin each answer with part 0 and then wait; gives the streams by name, as they come. */
export function serveStreams(upstream: FakeUpstream, length: number): ReadonlyMap<string, ServedStream> {
  const served = new Map<string, ServedStream>();
  upstream.answer((request, response) => {
    const body: Buffer[] = [];
    request.on("data", (part: Buffer) => body.push(part));
    request.once("end", () => {
      const name = Buffer.concat(body).toString();
      const key = String(request.headers["x-api-key"]);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(partOf(name, 0, length));
      served.set(name, { key, name, response });
    });
  });
  return served;
}
