// SPDX-License-Identifier: Apache-2.0
import { playCast } from "../../../scripts/session/screen.ts";
import { Recorder } from "../../../scripts/session/recorder.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";

const folder = scratchFolder();

function recorder(clock: () => number = () => 0, names: Readonly<Record<string, string>> = {}): Recorder {
  const environment = { PATH: process.env["PATH"] ?? "" };
  return new Recorder({ folder: folder(), environment, names }, clock);
}

async function screenOf(one: Recorder): Promise<readonly string[]> {
  const screen = await playCast(one.cast("t"));
  return screen.map((runs) => runs.map(({ text }) => text).join(""));
}

describe("a recorder", () => {
  it("shows the command as it is typed and what it printed", async () => {
    const one = recorder();
    await one.run({ line: "say hello", argv: ["echo", "hello"] });
    expect(await screenOf(one)).toEqual(["$ say hello", "hello"]);
  });

  it("gives the program a terminal of 80 columns and 30 rows", async () => {
    const one = recorder();
    await one.run({ line: "size", argv: ["stty", "size"] });
    expect(await screenOf(one)).toEqual(["$ size", "30 80"]);
  });

  it("types an answer once the question is on the screen", async () => {
    const one = recorder();
    const argv = ["sh", "-c", "printf 'who? '; read name; echo \"hello $name\""];
    await one.run({ line: "ask", argv, answers: [{ when: "who?", type: "ada\r" }] });
    expect(await screenOf(one)).toEqual(["$ ask", "who? ada", "hello ada"]);
  });

  it("keeps words with quotes and dollars whole", async () => {
    const one = recorder();
    await one.run({ line: "say", argv: ["echo", "it's $HOME"] });
    expect(await screenOf(one)).toEqual(["$ say", "it's $HOME"]);
  });

  it("shows a path by the name that it was given", async () => {
    const one = recorder(undefined, { "/long/way/home": "/home/op", "/long/way": "/way" });
    await one.run({ line: "say", argv: ["echo", "/long/way/home/x /long/way/y"] });
    expect(await screenOf(one)).toEqual(["$ say", "/home/op/x /way/y"]);
  });

  it("counts seconds from the first thing shown", async () => {
    let now = 5000;
    const one = recorder(() => now);
    await one.run({ line: "a", argv: ["true"] });
    now = 7500;
    await one.run({ line: "b", argv: ["true"] });
    const { events } = one.cast("t");
    expect([events[0]?.time, events.at(-1)?.time]).toEqual([0, 2.5]);
  });

  it("fails with the screen when the command fails", async () => {
    const run = recorder().run({ line: "break", argv: ["sh", "-c", "echo because; exit 3"] });
    await expect(run).rejects.toThrow(/^"break" ended with exit code 3:\nbecause/);
  });
});
