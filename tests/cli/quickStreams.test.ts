// SPDX-License-Identifier: Apache-2.0
// Real processes: what counts is what arrives at the other end of a real pipe, file or terminal.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const source = JSON.stringify(join(import.meta.dirname, "../../cli/quickStreams.ts"));

/** A program that has the quick streams of its process as `streams`. */
function program(body: string): string[] {
  const script = `const { quickStreams } = await import(${source}); const streams = quickStreams(process); ${body}`;
  return ["--input-type=module", "-e", script];
}

async function outcome(body: string): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, program(body), { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as unknown[];
  return { code, stdout, stderr };
}

describe("quickStreams", () => {
  it("writes to pipes in order, without Node's own streams", async () => {
    const found = await outcome(
      `streams.stdout.write("a\\n"); streams.stderr.write("b\\n"); streams.stdout.write("é\\n");
       const own = process.moduleLoadList.some((name) => name.endsWith("sync_write_stream") || name.endsWith(" net"));
       streams.stdout.write(String(own)); process.exit(3)`,
    );
    expect(found).toEqual({ code: 3, stdout: "a\né\nfalse", stderr: "b\n" });
  });

  it("says of a pipe that it is no terminal", async () => {
    expect(await outcome("streams.stdout.write(`${streams.stdout.isTTY} ${streams.stderr.isTTY}`)")).toMatchObject({
      stdout: "false false",
    });
  });

  it("writes all of more than a pipe holds to a reader that is slow", async () => {
    const child = spawn(
      process.execPath,
      program('streams.stdout.write("x".repeat(1_000_000) + "end"); process.exit()'),
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let text = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) {
      text += chunk as string;
      await new Promise(setImmediate);
    }
    expect([text.length, text.slice(-4)]).toEqual([1_000_003, "xend"]);
  });

  it("hands the rest over to Node's stream when a full pipe does not wait", async () => {
    // The reading end is ours, and Node makes the pipes of its children such that they do not wait.
    const body = `
      const { Socket } = await import("node:net");
      // Making a socket of the descriptor sets the pipe to not waiting.
      new Socket({ fd: 1, readable: false, writable: true });
      streams.stdout.on("error", () => {});
      for (let line = 0; line < 20_000; line += 1) streams.stdout.write("line " + line + " of many\\n");
    `;
    const { stdout } = await outcome(body);
    const lines = stdout.trimEnd().split("\n");
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([20_000, "line 0 of many", "line 19999 of many"]);
    expect(new Set(lines).size).toBe(20_000);
  });

  it("loses nothing when the process exits after a flush, though the pipes do not wait", async () => {
    const body = `
      const { Socket } = await import("node:net");
      for (const fd of [1, 2]) new Socket({ fd, readable: false, writable: true });
      for (const name of ["stdout", "stderr"])
        streams[name].on("error", () => {}).write("x".repeat(1_000_000) + "end");
      await streams.flush();
      process.exit(5)`;
    const child = spawn(process.execPath, program(body), { stdio: ["ignore", "pipe", "pipe"] });
    const read = async (stream: NodeJS.ReadableStream): Promise<[number, string]> => {
      let text = "";
      for await (const chunk of stream.setEncoding("utf8")) text += chunk as string;
      return [text.length, text.slice(-4)];
    };
    const ended = once(child, "close");
    const whole = [1_000_003, "xend"];
    expect(await Promise.all([read(child.stdout), read(child.stderr)])).toEqual([whole, whole]);
    expect(await ended).toEqual([5, null]);
  });

  it("flushes also when the reader is gone", async () => {
    const child = spawn(
      process.execPath,
      program(`
        const { Socket } = await import("node:net");
        new Socket({ fd: 1, readable: false, writable: true });
        streams.stdout.on("error", () => {}).write("x".repeat(1_000_000));
        await streams.flush();
        process.exit(6)`),
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    child.stdout.once("data", () => child.stdout.destroy());
    expect(await once(child, "close")).toEqual([6, null]);
  });

  it("flushes what Node itself was told to trace", async () => {
    const child = spawn(
      process.execPath,
      program(`
        const { debuglog } = await import("node:util");
        const log = debuglog("timer");
        for (let line = 0; line < 20_000; line += 1) log("line %d", line);
        await streams.flush();
        process.exit()`),
      { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, NODE_DEBUG: "timer" } },
    );
    let text = "";
    for await (const chunk of child.stderr.setEncoding("utf8")) text += chunk as string;
    expect(text.match(/line \d+\n/g)?.at(-1)).toBe("line 19999\n");
  });

  it("tells a listener that the reader went away, and does not end the process", async () => {
    const child = spawn(
      process.execPath,
      program(`
        process.stdin.once("data", () => {
          streams.stdout.on("error", (error) => streams.stderr.write(error.code));
          streams.stdout.write("x");
          process.exit(4);
        });
        streams.stderr.write("ready ");`),
      { stdio: ["pipe", "pipe", "pipe"] },
    );
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (text === "ready ") {
        child.stdout.destroy();
        child.stdin.write("go\n");
      }
    });
    const [code] = (await once(child, "close")) as unknown[];
    expect({ code, stderr }).toEqual({ code: 4, stderr: "ready EPIPE" });
  });

  it("writes to a file", async () => {
    const path = join(folder(), "out");
    const file = await open(path, "w");
    const child = spawn(process.execPath, program('streams.stdout.write("to a file\\n")'), {
      stdio: ["ignore", file.fd, "inherit"],
    });
    await once(child, "close");
    await file.close();
    expect(await readFile(path, "utf8")).toBe("to a file\n");
  });

  it("leaves a closed descriptor to Node", async () => {
    const child = spawn("sh", ["-c", `exec "$0" "$@" >&-`, process.execPath, ...program('streams.stdout.write("x")')], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [code] = (await once(child, "close")) as unknown[];
    expect(code).toBe(0);
  });
});
