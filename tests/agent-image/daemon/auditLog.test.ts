// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditFile } from "../../../agent-image/daemon/auditFile.ts";
import { AuditLog, type AuditRecord } from "../../../agent-image/daemon/auditLog.ts";
import type { AuditEntry } from "../../../protocol/auditEntry.ts";

const RECORD: AuditRecord = {
  caller: { nodeId: "nOP", name: "laptop", address: "100.64.0.9", login: "op@example.com", tags: [] },
  action: "put",
  key: "openai",
  version: 1,
  allowed: true,
  code: "ok",
};
const now = (): Date => new Date("2026-11-23T00:00:00.000Z");

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "claws-audit-"));
  path = join(directory, "audit.jsonl");
});
afterEach(() => rm(directory, { recursive: true }));

/** Writes so many entries and gives the file's lines. */
async function written(count: number): Promise<readonly string[]> {
  const log = await AuditLog.open(path, { now });
  for (let index = 0; index < count; index += 1) await log.append({ ...RECORD, version: index + 1 });
  await log.close();
  return (await readFile(path, "utf8")).split("\n").slice(0, -1);
}

describe("AuditLog", () => {
  it("writes one line an entry, numbered and chained by hash, for the owner's eyes only", async () => {
    const lines = await written(3);
    const entries = lines.map((line) => JSON.parse(line) as AuditEntry);

    expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(entries[0]).toEqual({ sequence: 1, time: "2026-11-23T00:00:00.000Z", ...RECORD, previous: "0".repeat(64) });
    expect(entries[1]?.previous).toBe(
      createHash("sha256")
        .update(lines[0] ?? "")
        .digest("hex"),
    );
    expect(entries[2]?.previous).toBe(
      createHash("sha256")
        .update(lines[1] ?? "")
        .digest("hex"),
    );
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("goes on where it ended, and tells of all that was there", async () => {
    await written(2);
    const seen: number[] = [];
    const log = await AuditLog.open(path, { now, onEntry: ({ sequence }) => seen.push(sequence) });
    expect(log.sequence).toBe(2);

    expect(await log.append(RECORD)).toBe(3);
    expect(seen).toEqual([1, 2, 3]);
    await log.close();
    await (await AuditLog.open(path, { now })).close();
  });

  it("gives a page of entries", async () => {
    await written(5);
    const log = await AuditLog.open(path, { now });
    const page = async (after: number, limit: number): Promise<readonly number[]> =>
      (await log.read({ after, limit })).map(({ sequence }) => sequence);

    expect(await page(0, 2)).toEqual([1, 2]);
    expect(await page(3, 100)).toEqual([4, 5]);
    expect(await page(5, 1)).toEqual([]);
    await log.close();
  });

  it("keeps the order of entries written at once", async () => {
    const log = await AuditLog.open(path, { now });
    const sequences = await Promise.all(Array.from({ length: 20 }, () => log.append(RECORD)));
    await log.close();

    expect(sequences).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    await (await AuditLog.open(path, { now })).close();
  });

  it("drops half a line that a power cut left, wherever it was cut", async () => {
    const [line = ""] = await written(1);
    for (const cut of [1, 10, line.length - 1, line.length]) {
      await writeFile(path, `${line}\n${line.slice(0, cut)}`);
      const log = await AuditLog.open(path, { now });

      expect([log.sequence, await log.append(RECORD)]).toEqual([1, 2]);
      await log.close();
      expect((await readFile(path, "utf8")).split("\n")).toHaveLength(3);
    }
  });

  it("drops zeros that a power cut left", async () => {
    const [line = ""] = await written(1);
    await appendFile(path, Buffer.alloc(4096));
    const log = await AuditLog.open(path, { now });
    await log.append(RECORD);
    await log.close();

    expect((await readFile(path, "utf8")).startsWith(`${line}\n{"sequence":2,`)).toBe(true);
  });

  it.each<[string, (lines: readonly string[]) => readonly string[], number]>([
    ["a changed line", ([a = "", b = "", c = ""]) => [a, b.replace('"version":2', '"version":9'), c], 3],
    ["a line taken out", ([a = "", , c = ""]) => [a, c], 2],
    ["two lines swapped", ([a = "", b = "", c = ""]) => [b, a, c], 1],
    ["the first line taken out", ([, b = "", c = ""]) => [b, c], 1],
    ["a line put in", ([a = "", b = "", c = ""]) => [a, a, b, c], 2],
    ["a line that is no entry", ([a = "", b = "", c = ""]) => [a, "{}", b, c], 2],
    ["an empty line", ([a = "", b = "", c = ""]) => [a, "", b, c], 2],
    ["white space added to a line", ([a = "", b = "", c = ""]) => [`${a} `, b, c], 2],
  ])("refuses to go on after %s", async (_name, change, line) => {
    const lines = await written(3);
    await writeFile(path, `${change(lines).join("\n")}\n`);

    await expect(AuditLog.open(path, { now })).rejects.toThrow(
      `cannot use the audit log "${path}": the chain breaks at line ${line}: move the file away to start a new one, and find out who changed it`,
    );
  });

  it("refuses to open where it cannot write", async () => {
    await expect(AuditLog.open(join(directory, "missing", "audit.jsonl"), { now })).rejects.toThrow(
      /^cannot use the audit log ".*": ENOENT/,
    );
    await expect(AuditLog.open(directory, { now })).rejects.toThrow(/^cannot use the audit log ".*": EISDIR/);
  });

  it("rejects an entry that is not on the disk, and heals once the disk does", async () => {
    const fake = memoryFile();
    const log = await AuditLog.over(fake.file, { now });
    await log.append(RECORD);
    fake.failures.push("half", "whole", "truncate");

    await expect(log.append(RECORD)).rejects.toThrow("ENOSPC");
    await expect(log.append(RECORD)).rejects.toThrow("ENOSPC");
    await expect(log.append(RECORD)).rejects.toThrow("EIO");
    expect(await log.append(RECORD)).toBe(2);
    expect((await AuditLog.over(fake.file, { now })).sequence).toBe(2);
  });
});

/** A file in memory whose next operations fail as listed: after half of a write, before it, or at a cut. */
function memoryFile(): { file: AuditFile; failures: ("half" | "whole" | "truncate")[] } {
  let bytes = Buffer.alloc(0);
  const failures: ("half" | "whole" | "truncate")[] = [];
  const write = (part: Buffer, position: number): void => {
    bytes = Buffer.concat([bytes.subarray(0, position), part]);
  };
  const file: AuditFile = {
    async *lines() {
      let end = 0;
      for (const line of bytes.toString().split("\n").slice(0, -1)) {
        end += Buffer.byteLength(line) + 1;
        yield await Promise.resolve({ line: Buffer.from(line), end });
      }
    },
    write(part, position) {
      const failure = failures[0] === "truncate" ? undefined : failures.shift();
      if (failure === "half") write(part.subarray(0, 20), position);
      if (failure === undefined) write(part, position);
      return failure === undefined ? Promise.resolve() : Promise.reject(new Error("ENOSPC"));
    },
    truncate(length) {
      if (failures[0] === "truncate") {
        failures.shift();
        return Promise.reject(new Error("EIO"));
      }
      bytes = bytes.subarray(0, length);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return { file, failures };
}
