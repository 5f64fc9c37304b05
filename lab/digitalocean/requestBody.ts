// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from "node:http";
import { ApiError, badRequest } from "./apiError.ts";

/** Largest body that is read, in bytes. */
export const maximumBodyBytes = 1024 * 1024;

/** A body as far as it was read. */
export interface RequestBody {
  readonly text: string;
  readonly isTooLarge: boolean;
}

/** Reads a body up to the limit; what is beyond it stays unread. Rejects when the client goes away. */
export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maximumBodyBytes) break;
  }
  const text = Buffer.concat(chunks).subarray(0, maximumBodyBytes).toString("utf8");
  return { text, isTooLarge: size > maximumBodyBytes };
}

/**
 * Parses a body; undefined when there is none.
 * @throws ApiError 413, 415 or 400 when it is too large, not declared as JSON, or no JSON.
 */
export function parseBody(body: RequestBody, contentType: string | undefined): unknown {
  if (body.isTooLarge) throw new ApiError(413);
  if (body.text === "") return undefined;
  if (!/^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i.test(contentType ?? "")) throw new ApiError(415);
  try {
    return JSON.parse(body.text);
  } catch {
    throw badRequest();
  }
}
