// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startChild, type Child } from "../../../lab/tailnet/childProcess.ts";

let directory: string;
let logFile: string;
const children: Child[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "claws-child-"));
  logFile = path.join(directory, "log");
});
afterEach(async () => {
  for (const child of children.splice(0)) await child.stop(0);
  await rm(directory, { recursive: true, force: true });
});

async function start(script: string, environment: Readonly<Record<string, string>> = {}): Promise<Child> {
  const child = await startChild({ argv: [process.execPath, "-e", script], environment, logFile });
  children.push(child);
  return child;
}

const logged = (text: string) => async (): Promise<boolean> => (await readFile(logFile, "utf8")).includes(text);
const isGone = (pid: number): Promise<boolean> =>
  stat(`/proc/${pid}`).then(
    () => false,
    () => true,
  );

describe("startChild", () => {
  it("gives the program's own process ID, only the environment named, and a log for its owner", async () => {
    const child = await start(
      `console.log(process.pid, Object.keys(process.env).sort().join()); setInterval(() => 0, 1000);`,
      { HOME: "/x" },
    );
    await child.waitUntil("the line", logged("HOME"), 10_000);
    expect(await readFile(logFile, "utf8")).toBe(`${child.pid} HOME,PATH\n`);
    expect((await stat(logFile)).mode & 0o777).toBe(0o600);
  });

  it("ends the program when asked, and by force when it does not listen", async () => {
    const polite = await start(`console.log("ready"); setInterval(() => 0, 1000);`);
    await polite.waitUntil("the line", logged("ready"), 10_000);
    await polite.stop(10_000);
    expect(await isGone(polite.pid)).toBe(true);

    const deaf = await start(`process.on("SIGTERM", () => 0); console.log("deaf"); setInterval(() => 0, 1000);`);
    await deaf.waitUntil("the line", logged("deaf"), 10_000);
    await deaf.stop(20);
    expect(await isGone(deaf.pid)).toBe(true);
    await deaf.stop(20);
  });

  it("does not wait for a program that has ended, and tells the end of its log", async () => {
    const child = await start(`for (let line = 1; line <= 7; line += 1) console.error("line " + line);`);
    const never = (): Promise<boolean> => Promise.resolve(false);
    await expect(child.waitUntil("the server", never, 30_000)).rejects.toThrow(
      "cannot wait for the server: the program ended: line 3 | line 4 | line 5 | line 6 | line 7",
    );
  });

  it("gives up waiting after the time", async () => {
    const child = await start(`setInterval(() => 0, 1000);`);
    const never = (): Promise<boolean> => Promise.resolve(false);
    await expect(child.waitUntil("the server", never, 10)).rejects.toThrow(
      "cannot wait for the server: not there after 10 ms",
    );
  });

  it("shows a program that does not exist in the log", async () => {
    const child = await startChild({ argv: ["/nonexistent/program"], environment: {}, logFile });
    const never = (): Promise<boolean> => Promise.resolve(false);
    await expect(child.waitUntil("it", never, 30_000)).rejects.toThrow(
      /failed to execute \/nonexistent\/program: No such file/,
    );
  });
});
