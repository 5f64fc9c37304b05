// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";

/** Strong entity tag of a reply's body. */
export function entityTagOf(body: Uint8Array): string {
  return `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
}

/** Whether an `If-None-Match` header says that the caller already has what has this tag. */
export function hasEntity(ifNoneMatch: string | undefined, tag: string): boolean {
  return (ifNoneMatch ?? "").split(",").some((one) => one.trim().replace(/^W\//, "") === tag);
}
