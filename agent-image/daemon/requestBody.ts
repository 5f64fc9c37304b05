// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from "node:http";

/** The whole body, or undefined when it is longer than allowed. @throws Error when the client breaks off */
export async function readRequestBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return undefined;
  const parts: Buffer[] = [];
  try {
    let length = 0;
    // The iterator would destroy the connection on an early return, and the caller must still get its 413.
    for await (const part of request.iterator({ destroyOnReturn: false })) {
      parts.push(part as Buffer);
      length += (part as Buffer).length;
      if (length > maxBytes) return undefined;
    }
    return Buffer.concat(parts);
  } finally {
    for (const part of parts) part.fill(0); // may hold a key
  }
}
