// SPDX-License-Identifier: Apache-2.0
import { renderTable } from "../../cli/table.ts";
import { coloured, printableInColour, uncoloured, withoutStyle } from "../../cli/textStyle.ts";
import { cutTo, padTo, widthOf } from "../../cli/textWidth.ts";

describe("coloured text", () => {
  it("is the same text without its colours, and ends uncoloured", () => {
    for (const set of Object.values(coloured) as readonly ((text: string) => string)[]) {
      expect(withoutStyle(set("open"))).toBe("open");
      expect([set("open").startsWith("\u001b["), set("open").endsWith("\u001b[0m")]).toEqual([true, true]);
      expect(printableInColour(set("open"))).toBe(set("open"));
    }
    for (const set of Object.values(uncoloured) as readonly ((text: string) => string)[])
      expect(set("open")).toBe("open");
  });

  it("keeps every other control character out, and no line leaves its colour to the next", () => {
    const attack = "a\u001b[2Jb\u001b[31mc\u001b]0;x\u0007\u001b[5;41md\nnext";
    expect(printableInColour(attack)).toBe("a\ufffd[2Jb\u001b[31mc\ufffd]0;x\ufffd\ufffd[5;41md\u001b[0m\nnext");
    expect(printableInColour("plain\u0007")).toBe("plain\ufffd");
  });

  it("does not move the columns of a table", () => {
    const rows = [
      [coloured.ok("open"), "x"],
      ["unreachable", "y"],
    ];
    expect(withoutStyle(renderTable(["STATE", "KEY"], rows))).toBe("STATE        KEY\nopen         x\nunreachable  y");
  });
});

describe("the width of a text", () => {
  it.each([
    ["plain", 5],
    ["", 0],
    ["漢字", 4],
    ["한글", 4],
    ["ｆｕｌｌ", 8],
    ["e\u0301", 1],
    ["🚀", 2],
    ["✓ ● · …", 7],
    [coloured.bad("failed"), 6],
  ])("%j is %j columns", (text, columns) => {
    expect(widthOf(text)).toBe(columns);
    expect(widthOf(padTo(text, 12))).toBe(12);
  });

  it.each([
    ["plain", 5, "plain"],
    ["plain", 4, "pla…"],
    ["漢字", 3, "漢…"],
    ["漢字", 2, "…"],
    ["plain", 1, "…"],
    ["plain", 0, ""],
  ])("of %j is cut to %j: %j", (text, columns, cut) => {
    expect(cutTo(text, columns)).toBe(cut);
  });
});
