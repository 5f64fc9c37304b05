// SPDX-License-Identifier: Apache-2.0

/** What the daemon answers when it has asked for a restart of the workload. */
export interface RestartReply {
  readonly nodeId: string;
  /** Random per start of the daemon, which goes on: keys stay. */
  readonly bootId: string;
  /** Number of the audit entry that was written before. */
  readonly auditSequence: number;
}
