// SPDX-License-Identifier: Apache-2.0
// What a power cut leaves cannot be tried here; what is asked of the kernel, and when, can.
import { mkdtemp, open, readFile, rm, stat, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jest } from "@jest/globals";
import { openAuditFile } from "../../../agent-image/daemon/auditFile.ts";

let directory: string;
let path: string;
let calls: string[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "claws-audit-"));
  path = join(directory, "audit.jsonl");
  calls = [];
  const some = await open(directory, "r");
  const prototype = Object.getPrototypeOf(some) as FileHandle;
  await some.close();
  for (const name of ["write", "datasync", "sync", "truncate"] as const) {
    const real = Reflect.get(prototype, name) as (...given: unknown[]) => Promise<unknown>;
    const noted = async function (this: FileHandle, ...given: unknown[]): Promise<unknown> {
      const result = await Reflect.apply(real, this, given);
      // Noted once it is over, so that an order of calls is an order of what was done.
      calls.push((await this.stat()).isDirectory() ? `${name} of the folder` : name);
      return result;
    };
    jest.spyOn(prototype, name).mockImplementation(noted as never);
  }
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(directory, { recursive: true });
});

describe("the file of the audit log", () => {
  it("is made for its owner only, and its name is on the disk before it is used", async () => {
    const file = await openAuditFile(path);

    expect(calls).toEqual(["sync of the folder"]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await file.close();
  });

  it("has a line on the disk before it says so", async () => {
    const file = await openAuditFile(path);
    calls = [];
    await file.write(Buffer.from("one\n"), 0);

    expect(calls).toEqual(["write", "datasync"]);
    await file.close();
  });

  it("has a cut on the disk before it says so", async () => {
    const file = await openAuditFile(path);
    await file.write(Buffer.from("one\ntwo\n"), 0);
    calls = [];
    await file.truncate(4);

    expect(calls).toEqual(["truncate", "sync"]);
    expect(await readFile(path, "utf8")).toBe("one\n");
    await file.close();
  });

  it("gives whole lines with their ends, over however many reads, and not what follows the last line feed", async () => {
    const long = "x".repeat(100_000);
    const file = await openAuditFile(path);
    await file.write(Buffer.from(`one\n\n${long}\nhalf`), 0);
    const lines: (readonly [string, number])[] = [];
    for await (const { line, end } of file.lines()) lines.push([line.toString(), end]);

    expect(lines).toEqual([
      ["one", 4],
      ["", 5],
      [long, 100_006],
    ]);
    await file.close();
  });
});
