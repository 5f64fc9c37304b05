// SPDX-License-Identifier: Apache-2.0
import type { UpstreamHead } from "./upstreamChannel.ts";

const LINE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The head of a request as it stands on the wire of HTTP/1.1. @throws Error when a part of it would add a line */
export function renderHead({ method, path, headers }: Pick<UpstreamHead, "method" | "path" | "headers">): string {
  let head = `${method} ${path} HTTP/1.1`;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const line = `${headers[index] ?? ""}: ${headers[index + 1] ?? ""}`;
    if (!LINE.test(line)) throw new Error("cannot send a header with control characters");
    head += `\r\n${line}`;
  }
  return `${head}\r\n\r\n`;
}
