// SPDX-License-Identifier: Apache-2.0
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { scratchFolder } from "../../support/scratchFolder.ts";

const folder = scratchFolder();
const MODULE = join(import.meta.dirname, "../../../agent-image/daemon/standardOutput.ts");

/** A program that writes so many bytes to its standard output, says so on the other one, and ends with 7 when it gets a SIGTERM. */
function program(bytes: number): string {
  return `
    import { writeStandardOutput } from ${JSON.stringify(MODULE)};
    process.on("SIGTERM", () => process.exit(7));
    const alive = setInterval(() => undefined, 1000);
    const writing = writeStandardOutput(Buffer.alloc(${bytes}, "x"));
    process.stderr.write("writing\\n");
    await writing.then(() => "written\\n", () => "failed\\n").then((end) => process.stderr.write(end));
    clearInterval(alive);`;
}

const node = ["--no-warnings", "--input-type=module", "-e"];

describe("writeStandardOutput", () => {
  it("writes all of the bytes to a pipe that is read", async () => {
    const child = spawn(process.execPath, [...node, program(3_000_000)], { stdio: ["ignore", "pipe", "pipe"] });
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);

    expect([output.length, errors]).toEqual([3_000_000, "writing\nwritten\n"]);
  });

  it("writes all of the bytes to a file", async () => {
    const path = join(folder(), "out");
    const line = `exec "$0" "$@" > ${path}`;
    await promisify(execFile)("sh", ["-c", line, process.execPath, ...node, program(3_000_000)]);

    expect((await readFile(path)).length).toBe(3_000_000);
  });

  it("does not keep a process from ending while nobody reads", async () => {
    const child = spawn(process.execPath, [...node, program(3_000_000)], { stdio: ["ignore", "pipe", "pipe"] });
    await once(child.stderr, "data");
    child.kill("SIGTERM");

    expect(await once(child, "exit")).toEqual([7, null]);
    child.stdout.destroy();
  });

  it("rejects when the reader has gone, and the process goes on", async () => {
    const child = spawn(process.execPath, [...node, program(3_000_000)], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();

    expect(await text(child.stderr)).toBe("writing\nfailed\n");
    expect(child.exitCode ?? (await once(child, "exit"))[0]).toBe(0);
  });
});
