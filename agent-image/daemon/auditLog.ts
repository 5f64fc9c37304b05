// SPDX-License-Identifier: Apache-2.0
import type { AuditEntry, AuditQuery } from "../../protocol/auditEntry.ts";
import { EMPTY_CHAIN, follow, linkOf, parseEntry, renderEntry, type ChainEnd } from "./auditChain.ts";
import { openAuditFile, type AuditFile } from "./auditFile.ts";
import { errorText } from "./errorText.ts";
import { createSerial } from "./serial.ts";

/** What an entry says, before it gets its place in the chain. */
export type AuditRecord = Omit<AuditEntry, "sequence" | "time" | "previous">;

/** What an audit log needs. */
export interface AuditLogOptions {
  readonly now: () => Date;
  /** Called with each entry in order: those that the file holds when it is opened, then each new one once it is on the disk. */
  readonly onEntry?: (entry: AuditEntry) => void;
}

/**
 * A log of who did what, one JSON line each, chained by hash so that a changed or missing line shows. An entry is on the disk when
 * {@link AuditLog.append} resolves; when it rejects, the act must not be done.
 */
export class AuditLog {
  readonly #file: AuditFile;
  readonly #options: AuditLogOptions;
  readonly #serial = createSerial();
  #end: ChainEnd = EMPTY_CHAIN;
  #length = 0;
  #mayHoldHalfALine = true;

  private constructor(file: AuditFile, options: AuditLogOptions) {
    this.#file = file;
    this.#options = options;
  }

  /**
   * Opens the log and checks its whole chain. Half a line at the end, which a power cut leaves, is cut off: its act was never done.
   * @throws Error when the chain is broken or the file cannot be used
   */
  static async open(path: string, options: AuditLogOptions): Promise<AuditLog> {
    try {
      const file = await openAuditFile(path);
      return await AuditLog.over(file, options).catch(async (error: unknown) => {
        await file.close();
        throw error;
      });
    } catch (error) {
      throw new Error(`cannot use the audit log "${path}": ${errorText(error)}`, { cause: error });
    }
  }

  /** The same over a file that is open already. */
  static async over(file: AuditFile, options: AuditLogOptions): Promise<AuditLog> {
    const log = new AuditLog(file, options);
    for await (const { line, end } of file.lines()) {
      const followed = follow(log.#end, line);
      log.#end = followed.end;
      log.#length = end;
      options.onEntry?.(followed.entry);
    }
    return log;
  }

  /** Sequence of the last entry. */
  get sequence(): number {
    return this.#end.sequence;
  }

  /** Writes an entry and gives its sequence. @throws Error when it is not on the disk */
  append(record: AuditRecord): Promise<number> {
    return this.#serial(async () => {
      const sequence = this.#end.sequence + 1;
      const { caller, action, key, version, allowed, code, count } = record;
      const time = this.#options.now().toISOString();
      const counted = count === undefined ? {} : { count };
      const entry = {
        sequence,
        time,
        caller,
        action,
        key,
        version,
        allowed,
        code,
        ...counted,
        previous: this.#end.link,
      };
      const line = renderEntry(entry);
      await this.#write(Buffer.concat([line, Buffer.from("\n")]));
      this.#end = { sequence, link: linkOf(line) };
      this.#options.onEntry?.(entry);
      return sequence;
    });
  }

  /** One page of entries, oldest first. */
  async read({ after, limit }: AuditQuery): Promise<readonly AuditEntry[]> {
    const entries: AuditEntry[] = [];
    let sequence = 0;
    for await (const { line } of this.#file.lines()) {
      sequence += 1;
      if (sequence > this.sequence || entries.length === limit) break;
      if (sequence > after) entries.push(parseEntry(line));
    }
    return entries;
  }

  /** Waits for entries under way and closes the file. */
  close(): Promise<void> {
    return this.#serial(() => this.#file.close());
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#mayHoldHalfALine) await this.#file.truncate(this.#length);
    this.#mayHoldHalfALine = true;
    await this.#file.write(bytes, this.#length);
    this.#mayHoldHalfALine = false;
    this.#length += bytes.length;
  }
}
