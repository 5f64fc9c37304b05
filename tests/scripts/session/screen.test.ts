// SPDX-License-Identifier: Apache-2.0
import { playCast, type Screen } from "../../../scripts/session/screen.ts";

async function play(...texts: readonly string[]): Promise<Screen> {
  return await playCast({ width: 20, height: 3, title: "t", events: texts.map((text, time) => ({ time, text })) });
}

describe("playCast", () => {
  it("gives the lines without the blanks at their ends", async () => {
    expect(await play("one  \r\n", "  two\r\n")).toEqual([
      [{ column: 0, width: 3, text: "one" }],
      [{ column: 0, width: 5, text: "  two" }],
    ]);
  });

  it("splits a line where its look changes", async () => {
    expect(await play("a \u001b[1;32mb\u001b[0m\u001b[2mc\u001b[0m d")).toEqual([
      [
        { column: 0, width: 2, text: "a " },
        { column: 2, width: 1, text: "b", colour: 2, isBold: true },
        { column: 3, width: 1, text: "c", isDim: true },
        { column: 4, width: 2, text: " d" },
      ],
    ]);
  });

  it("shows what a redrawn line was at the end, not what it was before", async () => {
    expect(await play("working", "\r\u001b[2Kdone")).toEqual([[{ column: 0, width: 4, text: "done" }]]);
  });

  it("keeps lines that scrolled off a screen of three", async () => {
    const screen = await play("1\r\n2\r\n3\r\n4\r\n5");
    expect(screen.map(([run]) => run?.text)).toEqual(["1", "2", "3", "4", "5"]);
  });

  it("keeps an empty line between others", async () => {
    expect(await play("1\r\n\r\n3")).toEqual([
      [{ column: 0, width: 1, text: "1" }],
      [],
      [{ column: 0, width: 1, text: "3" }],
    ]);
  });

  it("counts a wide character as two columns", async () => {
    expect(await play("\u6f22\u001b[1mx")).toEqual([
      [
        { column: 0, width: 2, text: "\u6f22" },
        { column: 2, width: 1, text: "x", isBold: true },
      ],
    ]);
  });

  it("gives nothing for a recording in which nothing was shown", async () => {
    expect(await play()).toEqual([]);
  });
});
