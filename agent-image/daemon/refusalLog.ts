// SPDX-License-Identifier: Apache-2.0
import type { AuditLog, AuditRecord } from "./auditLog.ts";

/** Most lines a minute for the refusals of one peer address; nobody can use up the lines of all others alone. */
export const REFUSALS_PER_CALLER = 20;
/** Most lines a minute for all refusals together: less than 50 MB a day. */
export const REFUSALS_PER_MINUTE = 60;

const MINUTE = 60_000;
const NOBODY = { nodeId: "", name: "", address: "", login: null, tags: [] };

/** What the log needs. */
export interface RefusalLogOptions {
  readonly audit: Pick<AuditLog, "append">;
  /** Milliseconds that only go up. */
  readonly monotonic: () => number;
}

/**
 * Writes refusals to the audit log, but so many a minute only, because whoever may do nothing must not be able to fill the disk. The
 * rest of a minute is counted, and one line tells their number: before the first refusal of a later minute, or when the daemon stops.
 */
export class RefusalLog {
  readonly #options: RefusalLogOptions;
  #minute = -Infinity;
  #written = new Map<string, number>();
  #leftOut = 0;

  constructor(options: RefusalLogOptions) {
    this.#options = options;
  }

  /** Writes or counts a refusal. @returns whether it has a line. @throws Error when the line is not on the disk */
  async record(refusal: AuditRecord): Promise<boolean> {
    const now = this.#options.monotonic();
    if (now - this.#minute >= MINUTE) {
      const summary = this.flush();
      this.#minute = now;
      this.#written = new Map();
      // What comes meanwhile belongs to the new minute already.
      await summary;
    }
    if (!this.#takeLine(refusal.caller.address)) return false;
    await this.#options.audit.append(refusal);
    return true;
  }

  /** Writes the line about those that have none, if there are any. @throws Error when it is not on the disk */
  async flush(): Promise<void> {
    const count = this.#leftOut;
    if (count === 0) return;
    this.#leftOut = 0;
    const what = { action: "refusals", key: null, version: null, allowed: false, code: "left-out" } as const;
    await this.#options.audit.append({ caller: NOBODY, ...what, count }).catch((error: unknown) => {
      this.#leftOut += count;
      throw error;
    });
  }

  #takeLine(address: string): boolean {
    const own = this.#written.get(address) ?? 0;
    const all = [...this.#written.values()].reduce((sum, one) => sum + one, 0);
    const isRoom = own < REFUSALS_PER_CALLER && all < REFUSALS_PER_MINUTE;
    if (isRoom) this.#written.set(address, own + 1);
    else this.#leftOut += 1;
    return isRoom;
  }
}
