// SPDX-License-Identifier: Apache-2.0
import { readBootId, readNodeId } from "./names.ts";
import { parseJson } from "./parseJson.ts";
import { readObject, readWhole } from "./shape.ts";

/** What the daemon answers when it has asked for a restart of the workload. */
export interface RestartReply {
  readonly nodeId: string;
  /** Random per start of the daemon, which goes on: keys stay. */
  readonly bootId: string;
  /** Number of the audit entry that was written before. */
  readonly auditSequence: number;
}

const read = readObject<RestartReply>({ nodeId: readNodeId, bootId: readBootId, auditSequence: readWhole(1) });

/** @throws ParseError */
export function parseRestartReply(body: Uint8Array): RestartReply {
  return read(parseJson(body, { maxBytes: 4096, maxDepth: 1 }), "");
}
